// time_text.cc: RFC 3339 by the calendar of <chrono> alone (time_text.h).
#include "time_text.h"

#include <algorithm>
#include <cstdint>

namespace rmqlag::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_days;

// RFC 3339 has four digits for the year.
constexpr Wall earliest = sys_days{std::chrono::year{0} / 1 / 1};
constexpr Wall latest = sys_days{std::chrono::year{10000} / 1 / 1} - milliseconds{1};

void append_padded(std::string& out, std::int64_t value, int width) {
  std::string digits = std::to_string(value);
  out.append(static_cast<std::size_t>(width) - digits.size(), '0');
  out += digits;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the text apart from its front; after the first mismatch nothing matches any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  bool accept_any(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect_any(std::string_view characters) {
    if (!accept_any(characters)) ok_ = false;
  }

  // Exactly `width` digits, together no more than `most`.
  int number(int width, int most) {
    int value = 0;
    for (int i = 0; i < width; ++i) value = value * 10 + digit();
    if (value > most) ok_ = false;
    return value;
  }

  // At least one digit; what is finer than a millisecond is cut off.
  milliseconds fraction() {
    int value = 0;
    int unit = 100;
    do {
      value += digit() * unit;
      unit /= 10;
    } while (!rest_.empty() && is_digit(rest_.front()));
    return milliseconds{value};
  }

 private:
  int digit() {
    if (rest_.empty() || !is_digit(rest_.front())) {
      ok_ = false;
      return 0;
    }
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::chrono::minutes parse_offset(Scanner& scanner) {
  if (scanner.at_end() || scanner.accept_any("Zz")) return {};
  const bool west = scanner.accept_any("-");
  if (!west) scanner.expect_any("+");
  const std::chrono::hours hours{scanner.number(2, 23)};
  scanner.accept_any(":");
  const std::chrono::minutes offset = hours + std::chrono::minutes{scanner.number(2, 59)};
  return west ? -offset : offset;
}

}  // namespace

std::string rfc3339(Wall time) {
  time = std::clamp(time, earliest, latest);
  const sys_days day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};

  std::string out;
  append_padded(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_padded(out, clock.hours().count(), 2);
  out += ':';
  append_padded(out, clock.minutes().count(), 2);
  out += ':';
  append_padded(out, clock.seconds().count(), 2);
  out += '.';
  append_padded(out, clock.subseconds().count(), 3);
  out += 'Z';
  return out;
}

std::optional<Wall> parse_rfc3339(std::string_view text) {
  Scanner scanner(text);
  const std::chrono::year year{scanner.number(4, 9999)};
  scanner.expect_any("-");
  const std::chrono::month month{static_cast<unsigned>(scanner.number(2, 12))};
  scanner.expect_any("-");
  const std::chrono::day day{static_cast<unsigned>(scanner.number(2, 31))};
  scanner.expect_any("Tt ");
  const std::chrono::hours hours{scanner.number(2, 23)};
  scanner.expect_any(":");
  const std::chrono::minutes minutes{scanner.number(2, 59)};
  scanner.expect_any(":");
  const std::chrono::seconds seconds{scanner.number(2, 60)};  // 60: a leap second
  const milliseconds fraction = scanner.accept_any(".,") ? scanner.fraction() : milliseconds{0};
  const std::chrono::minutes offset = parse_offset(scanner);

  const std::chrono::year_month_day date = year / month / day;
  if (!scanner.ok() || !scanner.at_end() || !date.ok()) return std::nullopt;
  return sys_days{date} + hours + minutes + seconds + fraction - offset;
}

}  // namespace rmqlag::internal
