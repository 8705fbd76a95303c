// plain_json_test.cc: plain_json.h: what is taken as plain and what it means, against references that read byte by byte.
#include "plain_json.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"
#include "support/guarded_page.h"

using namespace rmqlag::internal;
using rmqlag::test::GuardedPage;

namespace {

/// What a step took, and of how many bytes.
template <class T>
struct Taken {
  T value{};
  std::size_t size = 0;

  bool operator==(const Taken&) const = default;
};

using TakenInteger = std::optional<Taken<std::int64_t>>;
using TakenString = std::optional<Taken<std::string_view>>;

/// What is taken from a text's begin; none where the step refused, which must leave the place where it was.
template <class T>
std::optional<Taken<T>> taken(bool (PlainJson::*step)(T&), std::string_view text) {
  PlainJson place(text);
  T value{};
  const bool was_taken = (place.*step)(value);
  if (place.rest().data() + place.rest().size() != text.data() + text.size()) FAIL("the end was moved at '" << text << "'");
  if (!was_taken && place.at() != text.data()) FAIL("a refusal moved the place in '" << text << "'");
  return was_taken ? std::optional(Taken<T>{value, text.size() - place.rest().size()}) : std::nullopt;
}

TakenInteger integer_by_definition(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view unsigned_text = text.substr(negative ? 1 : 0);
  const std::size_t end = std::min(unsigned_text.find_first_not_of("0123456789"), unsigned_text.size());
  const std::string_view digits = unsigned_text.substr(0, end), behind = unsigned_text.substr(end);
  const bool leading_zero = digits.size() > 1 && digits.front() == '0';
  const bool goes_on = !behind.empty() && std::string_view(".eE").find(behind.front()) != std::string_view::npos;
  if (digits.empty() || digits.size() > 15 || leading_zero || goes_on) return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : digits) value = 10 * value + (digit - '0');
  return Taken<std::int64_t>{negative ? -value : value, text.size() - behind.size()};
}

TakenString string_by_definition(std::string_view text) {
  if (!text.starts_with('"')) return std::nullopt;
  const auto ends = [](unsigned char c) { return c < 0x20 || c >= 0x80 || c == '"' || c == '\\'; };
  const auto end = std::find_if(text.begin() + 1, text.end(), ends);
  if (end == text.end() || *end != '"') return std::nullopt;
  const auto size = static_cast<std::size_t>(end - text.begin()) + 1;
  return Taken<std::string_view>{text.substr(1, size - 2), size};
}

/// Numbers of so many digits: the smallest, the largest, wrong ones that begin with 0, some others.
std::vector<std::string> numbers(std::size_t digits, std::mt19937& random) {
  constexpr std::string_view counting = "12345678909876543210";
  std::string any;
  while (any.size() < digits) any += static_cast<char>('0' + random() % 10);
  return {'1' + std::string(digits - 1, '0'), std::string(digits, '9'), std::string(digits, '0'),
          '0' + std::string(counting.substr(0, digits - 1)), std::string(counting.substr(0, digits)), any};
}

/// A name without a byte that is there twice.
std::string name_of_size(std::size_t size) { return std::string("abcdefghijklmnopqrstuvwxyz0123456789").substr(0, size); }

}  // namespace

TEST_CASE("plain_json: integers of up to 15 digits are plain") {
  const std::vector<std::pair<std::string, TakenInteger>> cases = {
      {"0", {{0, 1}}},
      {"-0", {{0, 2}}},
      {"7,8", {{7, 1}}},
      {"-12345678}", {{-12'345'678, 9}}},
      {"123456789]", {{123'456'789, 9}}},
      {"999999999999999 ", {{999'999'999'999'999, 15}}},
      {"-100000000000000\"", {{-100'000'000'000'000, 16}}},
      {"", {}},
      {"-", {}},
      {"--1", {}},
      {"+1", {}},
      {" 1", {}},
      {"x", {}},
      {"00", {}},
      {"-01", {}},
      {"000000001", {}},
      {"1000000000000000", {}},
      {"1.", {}},
      {"12345678.5", {}},
      {"123456789012345e1", {}},
      {"-1E2", {}},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(taken(&PlainJson::integer, text) == expected);
    CHECK(integer_by_definition(text) == expected);
  }
}

TEST_CASE("plain_json: an integer is what its digits mean, whatever follows it, and nothing around the text is read") {
  GuardedPage page('7');  // a digit that went astray would count
  std::mt19937 random(1);
  const auto check = [&page](const std::string& text) {
    page.at_both_edges(text, [](std::string_view placed) {
      if (taken(&PlainJson::integer, placed) != integer_by_definition(placed)) FAIL("read otherwise: '" << placed << "'");
    });
  };
  for (std::size_t digits = 1; digits <= 20; ++digits) {
    for (const std::string& number : numbers(digits, random)) {
      for (const char* const sign : {"", "-"}) {
        check(sign + number);
        for (unsigned follower = 0; follower < 256; ++follower) {
          const std::string followed = sign + number + static_cast<char>(follower);
          check(followed);
          check(followed + "\xFF\xFF\xFF" "12345678");  // what a carry would come from, and more digits
        }
      }
    }
  }
}

TEST_CASE("plain_json: a string is plain up to its quote, and nothing around the text is read") {
  GuardedPage page('"');  // a quote that went astray would count
  const auto check = [&page](const std::string& text) {
    page.at_both_edges(text, [](std::string_view placed) {
      if (taken(&PlainJson::string, placed) != string_by_definition(placed)) FAIL("read otherwise: '" << placed << "'");
    });
  };
  check("");
  for (std::size_t size = 0; size <= 40; ++size) {
    const std::string content(size, 'x');
    for (const char* const begin : {"\"", "", "'"}) {
      for (const char* const end : {"\"", "", "\":7", "\"\"", "\\", "\\\""}) check(begin + content + end);
    }
    for (std::size_t at = 0; at < size; ++at) {
      for (const char odd : {'"', '\\', '\n', '\0', '\x1F', '\x7F', '\x80', '\xC3'}) {
        std::string text = '"' + content + '"';
        text[at + 1] = odd;
        check(text);
      }
    }
  }
  CHECK(taken(&PlainJson::string, R"("broker-a",7)") == TakenString({"broker-a", 10}));
  CHECK(taken(&PlainJson::string, R"("")") == TakenString({"", 2}));
}

TEST_CASE("plain_json: a character or a text is skipped where it stands whole") {
  struct Case {
    std::string text, skipped;
    bool taken;
  };
  const std::vector<Case> cases = {
      {"null", "null", true}, {"null,7", "null", true}, {"nul", "null", false}, {"nulL", "null", false}, {" null", "null", false},
      {"", "null", false},    {"", "", true},           {"},{", "}", true},     {"},{", ",", false},     {"", "}", false},
  };
  GuardedPage page('l');
  for (const Case& c : cases) {
    CAPTURE(c.text, c.skipped);
    page.at_both_edges(c.text, [&c](std::string_view placed) {
      PlainJson place(placed);
      CHECK(place.skip(std::string_view(c.skipped)) == c.taken);
      CHECK(place.rest() == placed.substr(c.taken ? c.skipped.size() : 0));
      if (c.skipped.size() != 1) return;
      PlainJson same_place(placed);
      CHECK(same_place.skip(c.skipped.front()) == c.taken);
      CHECK(same_place.rest() == place.rest());
    });
  }
}

TEST_CASE("plain_json: a member is skipped to if its name and all around it stand there, and nothing around the text is read") {
  GuardedPage page('"');
  // How many bytes are skipped.
  const auto skipped = [](std::string_view text, const std::string& name) {
    PlainJson place(text);
    const bool taken = place.skip_to_member(',', name);
    if (!taken && place.at() != text.data()) FAIL("a refusal moved the place in '" << text << "'");
    return taken ? text.size() - place.rest().size() : 0;
  };
  for (std::size_t size = 0; size <= 30; ++size) {
    const std::string name = name_of_size(size), member = ",\"" + name + "\":";
    for (const char* const value : {"", "7}"}) {
      page.at_both_edges(member + value, [&](std::string_view placed) { CHECK(skipped(placed, name) == member.size()); });
    }
    for (std::size_t at = 0; at < member.size(); ++at) {
      std::string wrong = member;
      for (int bit = 0; bit < 8; ++bit) {
        wrong[at] = static_cast<char>(member[at] ^ 1 << bit);
        if (skipped(wrong, name) != 0) FAIL("skipped '" << wrong << "' as '" << name << "'");
      }
      const std::string too_short = member.substr(0, at);
      page.at_both_edges(too_short, [&](std::string_view placed) {
        if (skipped(placed, name) != 0) FAIL("skipped '" << too_short << "' as '" << name << "'");
      });
      if (skipped(std::string_view(member).substr(0, at), name) != 0) FAIL("'" << name << "' was read beyond '" << too_short << "'");
    }
    CHECK(skipped(",\"" + name + "x\":", name) == 0);
    CHECK(skipped(member, name + "x") == 0);
  }
}
