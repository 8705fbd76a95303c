// log_test.cc: lines of the log, in both forms, and what is withheld.
#include "log.h"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;
using namespace std::chrono_literals;

namespace {

/// A log with a clock that stands still, and its lines.
struct Written {
  std::vector<std::string> lines;
  Now now{Steady(1h), Wall(1795352254885ms)};

  Log log(LogOptions options) {
    return Log(options, [this](std::string_view line) { lines.emplace_back(line); }, [this] { return now; });
  }
};

}  // namespace

TEST_CASE("log: times") {
  CHECK(utc_text(Wall(0ms)) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_text(Wall(1795352254885ms)) == "2026-11-22T12:57:34.885Z");
  CHECK(utc_text(Wall(-1ms)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("log: logfmt") {
  Written written;
  Log log = written.log({LogLevel::debug, LogFormat::logfmt});
  log.info("listening", {{"address", "[::1]:9776"}});
  log.warn("partly collected", {{"missing", "a \"b\" c=d\\"}, {"empty", ""}});
  log.error("x", {{"text", "one\ntwo\x1b[31m\x7f"}});
  log.debug("\xe4\xb8\xad");
  const std::vector<std::string> expected{
      "time=2026-11-22T12:57:34.885Z level=info msg=listening address=[::1]:9776\n",
      "time=2026-11-22T12:57:34.885Z level=warn msg=\"partly collected\" missing=\"a \\\"b\\\" c=d\\\\\" empty=\"\"\n",
      "time=2026-11-22T12:57:34.885Z level=error msg=x text=\"one\\ntwo\\u001b[31m\\u007f\"\n",
      "time=2026-11-22T12:57:34.885Z level=debug msg=\xe4\xb8\xad\n",
  };
  CHECK(written.lines == expected);
}

TEST_CASE("log: json") {
  Written written;
  Log log = written.log({LogLevel::info, LogFormat::json});
  log.info("a \"b\"", {{"text", "one\ntwo\t\\"}});
  const std::vector<std::string> expected{
      "{\"time\":\"2026-11-22T12:57:34.885Z\",\"level\":\"info\",\"msg\":\"a \\\"b\\\"\",\"text\":\"one\\ntwo\\u0009\\\\\"}\n"};
  CHECK(written.lines == expected);
}

TEST_CASE("log: levels") {
  const auto [level, expected] = GENERATE(table<LogLevel, std::size_t>({
      {LogLevel::error, 1},
      {LogLevel::warn, 2},
      {LogLevel::info, 3},
      {LogLevel::debug, 4},
  }));
  Written written;
  Log log = written.log({level, LogFormat::logfmt});
  log.error("e");
  log.warn("w");
  log.info("i");
  log.debug("d");
  CHECK(written.lines.size() == expected);
}

TEST_CASE("log: a line that comes again is counted, and summed up once a while") {
  Written written;
  Log log = written.log({});
  for (int minute = 0; minute < 5; ++minute) {
    log.warn("down", {{"why", "refused"}});
    written.now.steady += 1min;
  }
  CHECK(written.lines.size() == 1);

  SECTION("it goes on") {
    for (int minute = 5; minute < 12; ++minute) {
      log.warn("down", {{"why", "refused"}});
      written.now.steady += 1min;
    }
    REQUIRE(written.lines.size() == 3);
    CHECK_THAT(written.lines[1], ContainsSubstring("level=warn msg=down why=refused repeated=4\n"));
    CHECK_THAT(written.lines[2], ContainsSubstring("why=refused repeated=5\n"));
  }
  SECTION("it has ended: another line, of a level that is not even written, brings the sum") {
    log.debug("collection ended");
    REQUIRE(written.lines.size() == 2);
    CHECK_THAT(written.lines.back(), ContainsSubstring("why=refused repeated=4\n"));
    written.now.steady += 5min;
    log.debug("collection ended");
    CHECK(written.lines.size() == 2);
    log.warn("down", {{"why", "refused"}});
    REQUIRE(written.lines.size() == 3);
    CHECK_THAT(written.lines.back(), ContainsSubstring("why=refused\n"));
  }
  SECTION("what differs in a field is another line") {
    log.warn("down", {{"why", "timeout"}});
    CHECK_THAT(written.lines.back(), ContainsSubstring("why=timeout\n"));
  }
}

TEST_CASE("log: its end sums up what is open") {
  Written written;
  {
    Log log = written.log({LogLevel::info, LogFormat::json});
    for (int i = 0; i < 3; ++i) log.info("again");
    log.info("once");
    CHECK(written.lines.size() == 2);
  }
  REQUIRE(written.lines.size() == 3);
  CHECK_THAT(written.lines.back(), ContainsSubstring("\"msg\":\"again\",\"repeated\":\"2\"}"));
}

TEST_CASE("log: a flood of different lines is written whole, and sums are not lost in it") {
  Written written;
  Log log = written.log({});
  log.info("again");
  log.info("again");
  for (int i = 0; i < 1000; ++i) log.info(std::to_string(i));
  const auto sums = std::count_if(written.lines.begin(), written.lines.end(),
                                  [](const std::string& line) { return line.find("msg=again repeated=1\n") != line.npos; });
  CHECK(sums == 1);
  CHECK(written.lines.size() == 1002);
}

TEST_CASE("log: one line") {
  CHECK(one_line("plain \xe4\xb8\xad \"quoted\"") == "plain \xe4\xb8\xad \"quoted\"");
  CHECK(one_line("a\nb\tc\x1b[31m\x7f") == "a\\nb\\u0009c\\u001b[31m\\u007f");
}
