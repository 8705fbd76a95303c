// spend.cc: runs a program and tells, in one line of JSON on standard error, what it spent. Used by bench.py: the peak memory of a process
// begins with that of the process that started it, and Python's would hide ours.
//
//   spend PROGRAM [ARGUMENTS]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int, char** argv) {
  const auto began = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execvp(argv[1], argv + 1);
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || ::wait4(child, &status, 0, &usage) != child) return 127;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  std::fprintf(stderr, "\n{\"wall\": %.6f, \"cpu\": %.6f, \"peak_kib\": %ld}\n", wall.count(), cpu, usage.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
