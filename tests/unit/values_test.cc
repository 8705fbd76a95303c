// values_test.cc: the texts that flags take.
#include "values.h"

#include <string>
#include <vector>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;
using namespace std::chrono_literals;

TEST_CASE("values: durations") {
  const auto [text, expected] = GENERATE(table<std::string, std::chrono::milliseconds>({
      {"30s", 30s},
      {"500ms", 500ms},
      {"1m30s", 90s},
      {"5m", 5min},
      {"2h", 2h},
      {"1d", 24h},
      {"0", 0ms},
      {"0s", 0ms},
      {"1h0m1ms", 1h + 1ms},
      {"365d", 8760h},
  }));
  CAPTURE(text);
  const auto parsed = parse_duration(text);
  REQUIRE(parsed.has_value());
  CHECK(*parsed == expected);
}

TEST_CASE("values: what is no duration") {
  const std::string text = GENERATE("", "5", "5x", "s", "-5s", "+5s", "1.5s", "5 s", " 5s", "5s ", "5S", "m5", "1m30",
                                    "99999999999999999999s", "366d", "365d1ms");
  CAPTURE(text);
  const auto parsed = parse_duration(text);
  REQUIRE_FALSE(parsed.has_value());
  CHECK_THAT(parsed.error().message, ContainsSubstring("'" + text + "'"));
}

TEST_CASE("values: addresses to listen on") {
  const auto [text, expected] = GENERATE(table<std::string, ListenAddress>({
      {":9776", {"", 9776}},
      {"127.0.0.1:0", {"127.0.0.1", 0}},
      {"localhost:65535", {"localhost", 65535}},
      {"[::1]:9776", {"::1", 9776}},
      {"[fe80::1%eth0]:1", {"fe80::1%eth0", 1}},
  }));
  CAPTURE(text);
  const auto parsed = parse_listen_address(text);
  REQUIRE(parsed.has_value());
  CHECK(*parsed == expected);
}

TEST_CASE("values: what is no address to listen on") {
  const std::string text = GENERATE("", "9776", "host", "host:", "host:x", ":65536", ":-1", "::1:9776", "[]:1", "[::1]", "http://h:1",
                                    "h/x:1", "a b:1");
  CAPTURE(text);
  CHECK_FALSE(parse_listen_address(text).has_value());
}

TEST_CASE("values: numbers") {
  CHECK(*parse_number("0", 0, 8) == 0);
  CHECK(*parse_number("9223372036854775807", 0, INT64_MAX) == INT64_MAX);
  for (const std::string text : {"", "9", "-1", "1x", " 1", "1 ", "0x1", "1.0", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text, 0, 8).has_value());
  }
}

TEST_CASE("values: headers") {
  CHECK(parse_header("A:b")->value == "b");
  CHECK(parse_header("X-Forwarded-For:  a: b ")->value == "a: b");
  CHECK_FALSE(parse_header("no colon").has_value());
  CHECK_FALSE(parse_header(": x").has_value());
}

TEST_CASE("values: lists") {
  CHECK(split_list("").empty());
  CHECK(split_list(" a ,,b,").size() == 2);
  CHECK(split_list(" a ,,b,").front() == "a");
}
