// filter_test.cc: which names a list of patterns wants.
#include "rmqlag/filter.h"

#include "support/catch.h"

using namespace rmqlag;

namespace {

NameFilter filter(std::string_view list) {
  Expected<NameFilter> parsed = NameFilter::parse(list);
  REQUIRE(parsed.has_value());
  return *std::move(parsed);
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("names and lists") {
  struct Case {
    std::string list, name;
    bool wanted;
  };
  const auto c = GENERATE(values<Case>({
      {"", "anything", true},
      {"orders", "orders", true},
      {"orders", "orders2", false},
      {"orders", "Orders", false},
      {"orders", "", false},
      {"orders*", "orders", true},
      {"orders*", "orders-eu", true},
      {"orders*", "my-orders", false},
      {"*orders", "my-orders", true},
      {"*", "", true},
      {"*", "x", true},
      {"**", "", true},
      {"?", "", false},
      {"?", "x", true},
      {"?", "xy", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"a*c", "abcbc", true},
      {"a*b*c", "a1b2b3c", true},
      {"a*b*c", "a1c", false},
      {"*?b", "b", false},
      {"*?b", "ab", true},
      {"?", "ü", true},
      {"??", "ü", false},
      {"*", "%RETRY%g|t", true},
      {"%RETRY%*", "%RETRY%g", true},
      {"[a-z].+", "[a-z].+", true},   // nothing else is special
      {"[a-z].+", "b.x", false},
      // several: the last that matches decides
      {"a,b", "b", true},
      {"a,b", "c", false},
      {"orders*,!orders-test", "orders-test", false},
      {"orders*,!orders-test", "orders-eu", true},
      {"orders*,!orders-test", "payments", false},
      {"!orders-test,orders*", "orders-test", true},
      {"!orders-test,orders*", "payments", true},   // begins with an exclusion: the rest is wanted
      {"!test*", "test1", false},
      {"!test*", "live", true},
      {"!*,a", "a", true},
      {"!*,a", "b", false},
      {"a*,!ab*,abc", "abc", true},
      {"a*,!ab*,abc", "abd", false},
      {" a , ! b ", "a", true},
      {" a , ! b ", "b", false},
  }));
  CAPTURE(c.list, c.name);
  CHECK(filter(c.list).wants(c.name) == c.wanted);
}

TEST_CASE("an empty pattern is an error that shows the list") {
  const std::string_view list = GENERATE(as<std::string_view>(), ",", "a,,b", "a,", ",a", "!", "a,!", " ", "a, ,b", "! ");
  CAPTURE(list);
  const Expected<NameFilter> parsed = NameFilter::parse(list);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code == ErrorCode::invalid_argument);
  CHECK_THAT(parsed.error().message, ContainsSubstring("\"" + std::string(list) + "\""));
}

TEST_CASE("a hostile pattern costs no exponential time") {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "a*";
  CHECK_FALSE(filter(pattern + "b").wants(std::string(5000, 'a')));
}

TEST_CASE("excluded names are exact, whatever they hold") {
  const NameFilter excluding = NameFilter::excluding({"a*", "!b", "x,y", " c "});
  CHECK_FALSE(excluding.wants("a*"));
  CHECK_FALSE(excluding.wants("!b"));
  CHECK_FALSE(excluding.wants("x,y"));
  CHECK_FALSE(excluding.wants(" c "));
  CHECK(excluding.wants("ab"));
  CHECK(excluding.wants("b"));
  CHECK(excluding.wants("x"));
  CHECK(excluding.wants("c"));
  CHECK_FALSE(excluding.wants_everything());
  CHECK_FALSE(excluding.literal_names().has_value());
  CHECK(NameFilter::excluding({}).wants_everything());
}

TEST_CASE("literal names are told where the list is nothing else") {
  CHECK(filter("b,a").literal_names() == Strings{"b", "a"});
  CHECK(filter("a,b,a").literal_names() == Strings{"a", "b"});
  CHECK_FALSE(filter("").literal_names().has_value());
  CHECK_FALSE(filter("a,b*").literal_names().has_value());
  CHECK_FALSE(filter("a?").literal_names().has_value());
  CHECK_FALSE(filter("a,!b").literal_names().has_value());
}

TEST_CASE("filters of the same rules are equal") {
  CHECK(filter("") == NameFilter());
  CHECK(filter("").wants_everything());
  CHECK_FALSE(filter("*").wants_everything());
  CHECK(filter("a,!b*") == filter(" a,! b*"));
  CHECK_FALSE(filter("a") == filter("!a"));
  CHECK(filter("!a,!b") == NameFilter::excluding({"a", "b"}));
}
