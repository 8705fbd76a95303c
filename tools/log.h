// log.h: what the program says on standard error: `say` for people at a terminal, `Log` for what runs for months.
// Used by main and every command. A message never holds a password or a raw client id (the library's messages hold none).
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "rmqlag/http.h"

namespace rmqlag::tools {

/// `text` with its control characters escaped: a console's words must neither steer a terminal nor begin a line of their own.
std::string one_line(std::string_view text);

/// Writes "rmqlag: <line>", as one line.
void say(std::string_view line);

/// "2026-11-22T12:57:34.885Z".
std::string utc_text(Wall time);

enum class LogLevel : std::uint8_t { error, warn, info, debug };
enum class LogFormat : std::uint8_t { logfmt, json };

struct LogOptions {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::logfmt;
};

/// One line an event: time, level, message, fields. A line that comes again within five minutes is not written but counted; when these are
/// over, it is written once more and tells how often (`repeated`). No timer: the next call of any level does it, and the end. Thread-safe.
class Log {
 public:
  using Field = std::pair<std::string_view, std::string>;
  using Fields = std::initializer_list<Field>;

  /// `write` gets whole lines, newline included; `now` is the clock.
  explicit Log(LogOptions options, std::function<void(std::string_view)> write = write_to_stderr, std::function<Now()> now = system_now);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void error(std::string_view message, Fields fields = {}) { write(LogLevel::error, message, fields); }
  void warn(std::string_view message, Fields fields = {}) { write(LogLevel::warn, message, fields); }
  void info(std::string_view message, Fields fields = {}) { write(LogLevel::info, message, fields); }
  void debug(std::string_view message, Fields fields = {}) { write(LogLevel::debug, message, fields); }

  static void write_to_stderr(std::string_view line);

 private:
  struct Recent {
    Steady written;
    std::int64_t repeated = 0;  ///< since then
  };
  using Lines = std::map<std::string, Recent>;  // by the line without its time

  void write(LogLevel level, std::string_view message, Fields fields);
  void write_line(const std::string& content, const Now& now);
  void sum_up_older_than(Steady::duration age, const Now& now);

  const LogOptions options_;
  const std::function<void(std::string_view)> write_;
  const std::function<Now()> now_;
  std::mutex mutex_;
  Lines recent_;  // guarded by mutex_
};

}  // namespace rmqlag::tools
