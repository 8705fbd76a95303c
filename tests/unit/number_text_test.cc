// number_text_test.cc: numbers to text and back.
#include "number_text.h"

#include <cstdlib>
#include <limits>

#include "support/catch.h"

using namespace rmqlag::internal;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

std::string int_text(std::int64_t value) {
  std::string out = "=";
  append_int(out, value);
  return out;
}

std::string double_text(double value) {
  std::string out = "=";
  append_double(out, value);
  return out;
}

}  // namespace

TEST_CASE("integers keep all their digits") {
  CHECK(int_text(0) == "=0");
  CHECK(int_text(-953) == "=-953");
  CHECK(int_text(9007199254740993) == "=9007199254740993");
  CHECK(int_text(most) == "=9223372036854775807");
  CHECK(int_text(least) == "=-9223372036854775808");
}

TEST_CASE("doubles are as short as they can be") {
  CHECK(double_text(0.0) == "=0");
  CHECK(double_text(1.5) == "=1.5");
  CHECK(double_text(-0.25) == "=-0.25");
  CHECK(double_text(0.1) == "=0.1");
  CHECK(double_text(1763816254.885) == "=1763816254.885");
  CHECK(double_text(std::numeric_limits<double>::quiet_NaN()) == "=NaN");
  CHECK(double_text(std::numeric_limits<double>::infinity()) == "=+Inf");
  CHECK(double_text(-std::numeric_limits<double>::infinity()) == "=-Inf");
}

TEST_CASE("doubles read back the same") {
  const double value = GENERATE(1.0 / 3, 1e300, 5e-324, -2.2250738585072014e-308, 123456789.123456789, 1e21, 1.7e9);
  CHECK(std::strtod(double_text(value).c_str() + 1, nullptr) == value);
}

TEST_CASE("thousands are set apart") {
  CHECK(with_thousands(0) == "0");
  CHECK(with_thousands(999) == "999");
  CHECK(with_thousands(1000) == "1,000");
  CHECK(with_thousands(-1000) == "-1,000");
  CHECK(with_thousands(-999) == "-999");
  CHECK(with_thousands(12345678) == "12,345,678");
  CHECK(with_thousands(123456) == "123,456");
  CHECK(with_thousands(most) == "9,223,372,036,854,775,807");
  CHECK(with_thousands(least) == "-9,223,372,036,854,775,808");
}

TEST_CASE("a whole text is an integer") {
  CHECK(parse_int("0") == 0);
  CHECK(parse_int("-0") == 0);
  CHECK(parse_int("007") == 7);
  CHECK(parse_int("-953") == -953);
  CHECK(parse_int("9223372036854775807") == most);
  CHECK(parse_int("-9223372036854775808") == least);
}

TEST_CASE("everything else is none") {
  const std::string_view text = GENERATE(as<std::string_view>(), "", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "1,000", "--1", "a",
                                         "9223372036854775808", "-9223372036854775809", "99999999999999999999999");
  CAPTURE(text);
  CHECK_FALSE(parse_int(text).has_value());
  CHECK_FALSE(parse_int(std::string_view("1\0", 2)).has_value());
}
