// number_text.cc: numbers as text (number_text.h), by <charconv>, which knows no locale.
#include "number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace rmqlag::internal {
namespace {

// Enough for every int64, and for the shortest text of every double ("-2.2250738585072014e-308").
using Digits = std::array<char, number_room>;

template <class Number>
std::string_view write(Digits& digits, Number value) {
  return {digits.data(), static_cast<std::size_t>(write_number(digits.data(), value) - digits.data())};
}

}  // namespace

char* write_number(char* to, std::int64_t value) { return std::to_chars(to, to + number_room, value).ptr; }

char* write_number(char* to, double value) {
  const auto word = [to](std::string_view text) { return std::copy(text.begin(), text.end(), to); };
  if (std::isnan(value)) return word("NaN");
  if (std::isinf(value)) return word(value > 0 ? "+Inf" : "-Inf");
  return std::to_chars(to, to + number_room, value).ptr;
}

void append_int(std::string& out, std::int64_t value) {
  Digits digits;
  out += write(digits, value);
}

void append_double(std::string& out, double value) {
  Digits digits;
  out += write(digits, value);
}

std::string with_thousands(std::int64_t value) {
  Digits buffer;
  std::string_view digits = write(buffer, value);
  std::string out;
  if (digits.front() == '-') {
    out += '-';
    digits.remove_prefix(1);
  }
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

}  // namespace rmqlag::internal
