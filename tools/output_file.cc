// output_file.cc: bytes to files and streams, whole or not at all (output_file.h).
#include "output_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace rmqlag::tools {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

Error io_error(const std::string& file, std::error_code why) { return {ErrorCode::io, "cannot write '" + file + "': " + why.message()}; }

/// An open file, closed at the latest when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool open() const { return number_ >= 0; }
  int number() const { return number_; }
  /// Some file systems tell a failed write only here.
  std::error_code close() {
    const int number = number_;
    number_ = -1;
    return ::close(number) == 0 ? std::error_code{} : last_error();
  }

 private:
  int number_;
};

/// The file that a rename should replace: what a link points to (there or not), rather than the link.
std::string follow_link(const std::string& file) {
  constexpr int most_links = 40;  // as the kernel has it
  std::filesystem::path path = file;
  std::error_code error;
  for (int links = 0; links < most_links && std::filesystem::is_symlink(path, error); ++links) {
    path = path.parent_path() / std::filesystem::read_symlink(path, error);  // an absolute one replaces all before it
  }
  return path.string();
}

bool is_special(const std::string& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

std::error_code write_special(const std::string& file, const Writing& write) {
  Descriptor out(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!out.open()) return last_error();
  if (const auto error = write(out.number())) return error;
  return out.close();
}

int create_anew(const std::string& file) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int descriptor = ::open(file.c_str(), flags, 0666);
  if (descriptor >= 0 || errno != EEXIST) return descriptor;
  remove_file(file);  // left by a process of our number that was killed
  return ::open(file.c_str(), flags, 0666);
}

std::error_code write_temporary(const std::string& temporary, const std::string& target, const Writing& write) {
  Descriptor out(create_anew(temporary));
  if (!out.open()) return last_error();
  struct stat status {};
  if (::stat(target.c_str(), &status) == 0 && ::fchmod(out.number(), status.st_mode & 07777) != 0) return last_error();
  if (const auto error = write(out.number())) return error;
  if (::fsync(out.number()) != 0) return last_error();
  if (const auto error = out.close()) return error;
  return ::rename(temporary.c_str(), target.c_str()) == 0 ? std::error_code{} : last_error();
}

}  // namespace

std::error_code write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd writable{descriptor, POLLOUT, 0};  // a terminal that another program left non-blocking
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return last_error();
    }
  }
  return {};
}

Expected<void> check_writable(const std::string& file) {
  const std::string target = follow_link(file);
  struct stat status {};
  if (::stat(target.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return io_error(file, std::make_error_code(std::errc::is_a_directory));
    if (!S_ISREG(status.st_mode)) return {};
  }
  const std::string directory = std::filesystem::path(target).parent_path().string();
  if (::access(directory.empty() ? "." : directory.c_str(), W_OK | X_OK) != 0) return io_error(file, last_error());
  return {};
}

Expected<void> write_file(const std::string& file, const Writing& write) {
  if (is_special(file)) {
    if (const auto error = write_special(file, write)) return io_error(file, error);
    return {};
  }
  const std::string target = follow_link(file);
  const std::string temporary = target + ".tmp-" + std::to_string(::getpid());
  if (const auto error = write_temporary(temporary, target, write)) {
    remove_file(temporary);
    return io_error(file, error);
  }
  return {};
}

Expected<void> write_file(const std::string& file, std::string_view text) {
  return write_file(file, [text](int descriptor) { return write_all(descriptor, text); });
}

Expected<void> rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return io_error(to, last_error());
  return {};
}

void remove_file(const std::string& file) { ::unlink(file.c_str()); }

}  // namespace rmqlag::tools
