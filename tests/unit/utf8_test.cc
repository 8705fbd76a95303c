// utf8_test.cc: what is valid UTF-8, how it is repaired, and how wide it is.
#include "utf8.h"

#include "support/catch.h"

using namespace rmqlag::internal;

namespace {

std::string repaired(std::string_view text) {
  std::string out = "<";
  append_utf8(out, text);
  return out + ">";
}

constexpr const char* bad = "\xEF\xBF\xBD";

}  // namespace

TEST_CASE("valid UTF-8 passes and is copied as it is") {
  const std::string_view text = GENERATE(as<std::string_view>(), "", "orders", "%RETRY%g", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80",
                                         "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
                                         "订单-α-😀");
  CAPTURE(text);
  CHECK(is_utf8(text));
  CHECK(repaired(text) == "<" + std::string(text) + ">");
}

TEST_CASE("a zero byte is a character") {
  const std::string text("a\0b", 3);
  CHECK(is_utf8(text));
  CHECK(repaired(text) == "<" + text + ">");
}

TEST_CASE("each maximal invalid part becomes one replacement character") {
  struct Case {
    std::string text;
    int replaced;
  };
  const auto c = GENERATE(values<Case>({
      {"\x80", 1},                  // a continuation byte alone
      {"\xBF\xBF", 2},              // two of them
      {"\xC0\x80", 2},              // overlong: C0 begins nothing
      {"\xC1\xBF", 2},              //
      {"\xC2", 1},                  // cut short
      {"\xE4\xBD", 1},              // cut short after two of three: one part
      {"\xF0\x9F\x98", 1},          // after three of four
      {"\xE0\x80\x80", 3},          // overlong
      {"\xE0\x9F\xBF", 3},          //
      {"\xED\xA0\x80", 3},          // a surrogate
      {"\xF0\x8F\xBF\xBF", 4},      // overlong
      {"\xF4\x90\x80\x80", 4},      // above U+10FFFF
      {"\xF5\x80\x80\x80", 4},      //
      {"\xFE\xFF", 2},              //
  }));
  CAPTURE(c.text);
  std::string expected;
  for (int i = 0; i < c.replaced; ++i) expected += bad;
  CHECK_FALSE(is_utf8(c.text));
  CHECK(repaired(c.text) == "<" + expected + ">");
  CHECK(repaired("ab" + c.text + "z") == "<ab" + expected + "z>");
  CHECK_FALSE(is_utf8("ab" + c.text + "z"));
}

TEST_CASE("a sequence cut short does not swallow what follows") {
  CHECK(repaired("\xE4\xBD\xC3\xA4") == std::string("<") + bad + "ä>");
  CHECK(repaired("\xF0\x9F\"x") == std::string("<") + bad + "\"x>");
}

TEST_CASE("whatever comes in, what comes out is valid") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second), '\x80', 'x'};
      std::string out;
      append_utf8(out, text);
      if (!is_utf8(out) || out.back() != 'x') FAIL("bytes " << first << " " << second);
      if (is_utf8(text) != (out == text)) FAIL("bytes " << first << " " << second);
    }
  }
}

TEST_CASE("terminal columns") {
  struct Case {
    std::string text;
    std::size_t width;
  };
  const auto c = GENERATE(values<Case>({
      {"", 0},
      {"orders", 6},
      {"é", 1},
      {"e\u0301", 1},       // combining acute
      {"订单", 4},
      {"한국", 4},
      {"ﾊﾝｶｸ", 4},          // halfwidth katakana
      {"Ａ", 2},            // fullwidth A
      {"😀", 2},
      {"a\u200Bb", 2},      // zero width space
      {"\u263A\uFE0F", 1},  // variation selector
      {"\U00020000", 2},
      {"→│…", 3},
      {"a\tb", 3},
      {"\xFF\xE4\xBD", 2},  // two invalid parts
  }));
  CAPTURE(c.text);
  CHECK(display_width(c.text) == c.width);
}
