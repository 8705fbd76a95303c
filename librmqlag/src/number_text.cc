// number_text.cc: numbers as text (number_text.h), by <charconv>, which knows no locale.
#include "number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace rmqlag::internal {
namespace {

// Enough for every int64 and for the shortest text of every double ("-2.2250738585072014e-308").
using Digits = std::array<char, 32>;

template <class Number>
std::string_view write(Digits& digits, Number value) {
  const std::to_chars_result end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), static_cast<std::size_t>(end.ptr - digits.data())};
}

}  // namespace

void append_int(std::string& out, std::int64_t value) {
  Digits digits;
  out += write(digits, value);
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    Digits digits;
    out += write(digits, value);
  }
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
