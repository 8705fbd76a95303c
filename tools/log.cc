// log.cc: what the program says on standard error (log.h).
#include "log.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "output_file.h"

namespace rmqlag::tools {
namespace {

constexpr auto repeat_after = std::chrono::minutes(5);
constexpr std::size_t most_recent = 200;
constexpr std::array<std::string_view, 4> level_names{"error", "warn", "info", "debug"};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Appends `text` with quotation marks, backslashes and control characters escaped as JSON does it.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (is_control(c)) {
      std::array<char, 7> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += code.data();
    } else {
      out += c;
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (c == ' ' || c == '=' || c == '"' || c == '\\' || is_control(c)) return true;
  }
  return false;
}

void append_field(std::string& out, LogFormat format, std::string_view name, std::string_view value) {
  if (format == LogFormat::json) {
    out += ',';
    append_quoted(out, name);
    out += ':';
    append_quoted(out, value);
    return;
  }
  out += ' ';
  out += name;
  out += '=';
  if (needs_quotes(value)) {
    append_quoted(out, value);
  } else {
    out += value;
  }
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (is_control(c)) {
      append_escaped(line, {&c, 1});
    } else {
      line += c;
    }
  }
  return line;
}

void say(std::string_view line) { Log::write_to_stderr("rmqlag: " + one_line(line) + '\n'); }

std::string utc_text(Wall time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = second.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  const std::size_t length = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>((time - second).count()));
  return std::string(date.data(), length) + fraction.data();
}

Log::Log(LogOptions options, std::function<void(std::string_view)> write, std::function<Now()> now)
    : options_(options), write_(std::move(write)), now_(std::move(now)) {}

Log::~Log() {
  const std::lock_guard lock(mutex_);
  sum_up_older_than(Steady::duration::min(), now_());
}

void Log::write_to_stderr(std::string_view line) {
  // Nothing can be told where even this fails.
  static_cast<void>(write_all(STDERR_FILENO, line));
}

void Log::write(LogLevel level, std::string_view message, Fields fields) {
  const std::lock_guard lock(mutex_);
  const Now now = now_();
  sum_up_older_than(repeat_after, now);
  if (level > options_.level) return;
  std::string content;
  append_field(content, options_.format, "level", level_names.at(static_cast<std::size_t>(level)));
  append_field(content, options_.format, "msg", message);
  for (const auto& [name, value] : fields) append_field(content, options_.format, name, value);

  const auto [line, is_new] = recent_.try_emplace(content, Recent{now.steady});
  if (!is_new) {
    ++line->second.repeated;
    return;
  }
  write_line(content, now);
  if (recent_.size() > most_recent) sum_up_older_than(Steady::duration::min(), now);  // a flood of different lines
}

void Log::write_line(const std::string& content, const Now& now) {
  if (options_.format == LogFormat::json) {
    write_("{\"time\":\"" + utc_text(now.wall) + '"' + content + "}\n");
  } else {
    write_("time=" + utc_text(now.wall) + content + '\n');
  }
}

/// What still repeats stays, and is summed up again; the rest is forgotten.
void Log::sum_up_older_than(Steady::duration age, const Now& now) {
  for (auto line = recent_.begin(); line != recent_.end();) {
    auto& [content, recent] = *line;
    if (now.steady - recent.written < age) {
      ++line;
      continue;
    }
    if (recent.repeated == 0) {
      line = recent_.erase(line);
      continue;
    }
    std::string summary = content;
    append_field(summary, options_.format, "repeated", std::to_string(recent.repeated));
    write_line(summary, now);
    recent = {now.steady};
    ++line;
  }
}

}  // namespace rmqlag::tools
