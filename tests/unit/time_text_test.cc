// time_text_test.cc: instants as RFC 3339 text and back.
#include "time_text.h"

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::internal;

namespace {

Wall at(std::int64_t ms) { return Wall{std::chrono::milliseconds{ms}}; }

}  // namespace

TEST_CASE("an instant as text") {
  CHECK(rfc3339(at(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339(at(1795352254885)) == "2026-11-22T12:57:34.885Z");
  CHECK(rfc3339(at(951782400000)) == "2000-02-29T00:00:00.000Z");
  CHECK(rfc3339(at(-1)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("years beyond four digits stop at the last instant that can be written") {
  CHECK(rfc3339(at(253402300799999)) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(at(253402300800000)) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(Wall::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(Wall::min()) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("a text as instant") {
  struct Case {
    std::string text;
    std::int64_t ms;
  };
  const auto c = GENERATE(values<Case>({
      {"2026-11-22T12:57:34.885Z", 1795352254885},
      {"2026-11-22T12:57:34Z", 1795352254000},
      {"2026-11-22t12:57:34z", 1795352254000},
      {"2026-11-22 12:57:34", 1795352254000},
      {"2026-11-22T12:57:34.8Z", 1795352254800},
      {"2026-11-22T12:57:34,88Z", 1795352254880},
      {"2026-11-22T12:57:34.885999999999999999Z", 1795352254885},
      {"2026-11-22T20:57:34.885+08:00", 1795352254885},
      {"2026-11-22T20:57:34.885+0800", 1795352254885},
      {"2026-11-22T07:27:34.885-05:30", 1795352254885},
      {"2016-12-31T23:59:60Z", 1483228800000},
      {"1969-12-31T23:59:59.999Z", -1},
      {"2024-02-29T00:00:00Z", 1709164800000},
  }));
  CAPTURE(c.text);
  REQUIRE(parse_rfc3339(c.text).has_value());
  CHECK(parse_rfc3339(c.text)->time_since_epoch().count() == c.ms);
}

TEST_CASE("what is no instant is none") {
  const std::string_view text = GENERATE(
      as<std::string_view>(), "", "2026", "2026-11-22", "2026-11-22T12:57", "2026-11-22T12:57Z", "2026-02-30T00:00:00Z",
      "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-11-22T24:00:00Z",
      "2026-11-22T12:60:00Z",
      "2026-11-22T12:57:61Z", "2026-11-22T12:57:34.Z", "2026-11-22T12:57:34.885Zx", "2026-11-22T12:57:34+8", "2026-11-22T12:57:34+24:00",
      "2026-11-22T12:57:34+08:60", "2026-11-22T12:57:34 Z", "2026/11/22T12:57:34Z", "-026-11-22T12:57:34Z", "+2026-11-22T12:57:34Z",
      " 2026-11-22T12:57:34Z", "2026-1-22T12:57:34Z", "26-11-22T12:57:34Z", "1795352254885");
  CAPTURE(text);
  CHECK_FALSE(parse_rfc3339(text).has_value());
}

TEST_CASE("what was written reads back the same") {
  for (std::int64_t ms = -62167219200000; ms < 253402300800000; ms += 86'399'999'777) {
    if (parse_rfc3339(rfc3339(at(ms))) != at(ms)) FAIL("at " << ms);
  }
}
