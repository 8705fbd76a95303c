// program_metrics.cc: what the exporter tells of itself (program_metrics.h).
#include "program_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include "build_info.h"
#include "rmqlag/version.h"

namespace rmqlag::tools {
namespace {

Family gauge(std::string_view name, std::string_view help) { return {name, help, false, {}, MetricSet::own}; }

void write_single(MetricSink& sink, const Family& family, std::optional<Value> value) {
  if (!value) return;
  sink.family(family);
  sink.sample({}, *value);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A limit of ours; -1 = none, as the client libraries of Prometheus have it.
Value limit(decltype(RLIMIT_NOFILE) resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? std::int64_t{-1} : static_cast<std::int64_t>(limit.rlim_cur);
}

std::optional<Value> open_files() {
  std::error_code error;
  std::int64_t count = -1;  // the listing itself holds one open
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end; entry.increment(error)) ++count;
  if (error || count < 0) return std::nullopt;
  return count;
}

/// The words of /proc/self/stat after the program's name, which may hold blanks: word 0 is field 3 of proc(5).
std::vector<std::string> process_status() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream words(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::vector<std::string> result;
  for (std::string word; words >> word;) result.push_back(word);
  return result;
}

std::optional<std::int64_t> field(const std::vector<std::string>& status, std::size_t number) {
  if (status.size() <= number - 3) return std::nullopt;
  std::int64_t value = 0;
  if (!(std::istringstream(status[number - 3]) >> value)) return std::nullopt;
  return value;
}

/// When the machine started, in seconds since 1970.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string name; file >> name;) {
    double seconds = 0;
    if (name == "btime" && file >> seconds) return seconds;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

void write_process(MetricSink& sink) {
  constexpr std::size_t start_field = 22, virtual_field = 23, resident_field = 24;
  const auto status = process_status();

  write_single(sink, {"process_cpu_seconds_total", "User and system CPU time spent, in seconds.", true, {}, MetricSet::own}, cpu_seconds());
  write_single(sink, gauge("process_max_fds", "Maximum number of open file descriptors."), limit(RLIMIT_NOFILE));
  write_single(sink, gauge("process_open_fds", "Number of open file descriptors."), open_files());
  if (const auto pages = field(status, resident_field)) {
    write_single(sink, gauge("process_resident_memory_bytes", "Resident memory size in bytes."), *pages * ::sysconf(_SC_PAGESIZE));
  }
  const auto ticks = field(status, start_field);
  if (const auto boot = boot_time(); boot && ticks) {
    write_single(sink, gauge("process_start_time_seconds", "Start time of the process, in seconds since 1970."),
                 *boot + static_cast<double>(*ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
  }
  if (const auto bytes = field(status, virtual_field)) {
    write_single(sink, gauge("process_virtual_memory_bytes", "Virtual memory size in bytes."), *bytes);
  }
  write_single(sink, gauge("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available, in bytes; -1: no limit."),
               limit(RLIMIT_AS));
}

}  // namespace

void write_program_metrics(const std::vector<RequestCount>& requests, MetricSink& sink) {
  write_process(sink);

  static constexpr std::array<std::string_view, 3> build_labels{"version", "revision", "compiler"};
  sink.family({"rmqlag_build_info", "1; what this program was built from.", false, build_labels, MetricSet::own});
  sink.sample(std::array{version(), build_revision(), build_compiler()}, std::int64_t{1});

  static constexpr std::array<std::string_view, 2> request_labels{"code", "handler"};
  sink.family({"rmqlag_http_requests_total", "HTTP requests answered, by status code and handler.", true, request_labels, MetricSet::own});
  for (const RequestCount& request : requests) {
    const std::string code = std::to_string(request.status);
    sink.sample(std::array<std::string_view, 2>{code, request.name}, request.count);
  }
}

}  // namespace rmqlag::tools
