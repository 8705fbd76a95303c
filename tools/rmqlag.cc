// rmqlag.cc: the program. Reads the command line and hands over to the command.
#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include "arguments.h"
#include "check.h"
#include "dump.h"
#include "exit_code.h"
#include "log.h"
#include "ready.h"
#include "record.h"
#include "serve.h"
#include "standard_output.h"

namespace rmqlag::tools {
namespace {

std::string environment_variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? "" : value;
}

int run(Command command, const Settings& settings, std::span<const char* const> arguments) {
  const auto read_again = [arguments]() -> Expected<Settings> {
    auto parsed = parse_arguments(arguments, environment_variable);
    if (!parsed) return std::move(parsed).error();
    return std::move(parsed->settings);
  };
  switch (command) {
    case Command::dump: return dump(settings);
    case Command::serve: return serve(settings, read_again);
    case Command::record: return record(settings);
    case Command::check: return check(settings);
    case Command::ready: return ready(settings);
  }
  return exit_code::usage;
}

int wrong_usage(std::span<const char* const> arguments, const Error& error) {
  const bool is_check = !arguments.empty() && arguments.front() == info(Command::check).name;
  if (is_check) return check_is_unknown(error.message);
  say(error.message);
  return exit_code::usage;
}

int run(std::span<const char* const> arguments) {
  const auto parsed = parse_arguments(arguments, environment_variable);
  if (!parsed) return wrong_usage(arguments, parsed.error());
  if (parsed->command) return run(*parsed->command, parsed->settings, arguments);
  if (arguments.empty()) {
    Log::write_to_stderr(parsed->text);
    return exit_code::usage;
  }
  return print(parsed->text) ? exit_code::done : exit_code::not_written;
}

/// Left to itself, glibc soon keeps even freed megabytes; the text of an exposition is such a block, and a new one is made each time.
/// Less than that stays, or each answer of the console would have the system take memory and give it again.
void tune_memory() {
#ifdef M_MMAP_THRESHOLD
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  ::mallopt(M_MXFAST, 0);  // small pieces that are free join: what libcurl needs for a request would riddle the rows' memory
#endif
}

}  // namespace
}  // namespace rmqlag::tools

int main(int argc, char* argv[]) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of `write`, and told as such
  rmqlag::tools::tune_memory();
  rmqlag::tools::hold_standard_streams();
  return rmqlag::tools::run({argv + (argc > 0 ? 1 : 0), argv + argc});
}
