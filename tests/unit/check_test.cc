// check_test.cc: the verdict of `check` as a function of a snapshot: status, line, performance data.
#include "check.h"

#include <string>

#include "support/catch.h"
#include "support/snapshot_builder.h"

using namespace rmqlag;
using namespace rmqlag::tools;
using rmqlag::test::SnapshotBuilder;

namespace {

CheckLimits lag_limits(std::optional<std::int64_t> warn, std::optional<std::int64_t> crit) {
  CheckLimits limits;
  limits.lag = {warn, crit};
  return limits;
}

CollectOptions asked_for(const char* topics, const char* groups) {
  CollectOptions asked;
  if (*topics != '\0') asked.topics = *NameFilter::parse(topics);
  if (*groups != '\0') asked.groups = *NameFilter::parse(groups);
  return asked;
}

/// billing is 12,345 behind on orders, ledger 400 on payments, audit nowhere.
SnapshotBuilder three_groups() {
  SnapshotBuilder builder;
  builder.add_row("orders", "billing", "broker-a", 0, 20'000, 10'000, "10.0.0.8", "2211")
      .add_row("orders", "billing", "broker-a", 1, 10'000, 7'655)
      .add_row("payments", "ledger", "broker-a", 0, 1'000, 600, "10.0.0.9", "991")
      .add_row("payments", "audit", "broker-a", 0, 1'000, 1'000, "10.0.0.9", "992");
  return builder;
}

Verdict verdict(const SnapshotBuilder& builder, const CheckLimits& limits, const CollectOptions& asked = {}) {
  const Snapshot snapshot = builder.build();
  Verdict result = judge(snapshot, limits, asked);
  CAPTURE(result.line);
  CHECK(result.line.find('\n') == std::string::npos);
  CHECK(result.line.find('|') == result.line.rfind('|'));  // one begins the performance data, and there is no other
  return result;
}

}  // namespace

TEST_CASE("check: limits") {
  const auto [warn, crit, exit_code, line] = GENERATE(table<std::int64_t, std::int64_t, int, std::string>({
      {100'000, 200'000, 0, "OK - billing on orders: 12,345 messages behind, the most of 3 | lag=12345;100000;200000"},
      {12'345, 200'000, 0, "OK - billing on orders: 12,345 messages behind, the most of 3 | lag=12345;12345;200000"},
      {12'344, 200'000, 1, "WARNING - billing on orders: 12,345 messages behind | lag=12345;12344;200000"},
      {399, 200'000, 1,
       "WARNING - billing on orders: 12,345 messages behind, ledger on payments: 400 messages behind | lag=12345;399;200000"},
      {399, 12'345, 1,
       "WARNING - billing on orders: 12,345 messages behind, ledger on payments: 400 messages behind | lag=12345;399;12345"},
      {1'000, 10'000, 2, "CRITICAL - billing on orders: 12,345 messages behind | lag=12345;1000;10000"},
      {0, 0, 2, "CRITICAL - billing on orders: 12,345 messages behind, ledger on payments: 400 messages behind | lag=12345;0;0"},
  }));
  const Verdict result = verdict(three_groups(), lag_limits(warn, crit));
  CHECK(result.exit_code == exit_code);
  CHECK(result.line == line);
}

TEST_CASE("check: one limit alone") {
  CHECK(verdict(three_groups(), lag_limits({}, 10'000)).line == "CRITICAL - billing on orders: 12,345 messages behind | lag=12345;;10000");
  CHECK(verdict(three_groups(), lag_limits(10'000, {})).line == "WARNING - billing on orders: 12,345 messages behind | lag=12345;10000");
}

TEST_CASE("check: nothing behind, one message behind") {
  SnapshotBuilder builder;
  builder.add_row("orders", "billing", "broker-a", 0, 5, 5).add_row("orders", "billing", "broker-a", 1, 5, 9);
  CHECK(verdict(builder, lag_limits(0, {})).line == "OK - nothing is behind (1 checked) | lag=0;0");
  builder.add_row("orders", "billing", "broker-a", 2, 6, 5);
  CHECK(verdict(builder, lag_limits(1, {})).line == "OK - billing on orders: 1 message behind | lag=1;1");
}

TEST_CASE("check: totals of other dimensions") {
  const auto [dimensions, subject] = GENERATE(table<std::string, std::string>({
      {"group", "billing: 12,345"},
      {"topic", "orders: 12,345"},
      {"topic,broker,queue", "orders broker-a queue 0: 10,000"},
      {"process", "10.0.0.8 2211: 10,000"},
      {"group,host", "billing 10.0.0.8: 10,000"},
      {"broker", "broker-a: 12,745"},
  }));
  CheckLimits limits = lag_limits({}, 9'000);
  limits.by = *parse_dimensions(dimensions);
  CHECK_THAT(verdict(three_groups(), limits).line, ContainsSubstring("CRITICAL - " + subject + " messages behind"));

  limits.by = by::process;
  limits.lag = {2'000, {}};
  CHECK_THAT(verdict(three_groups(), limits).line, ContainsSubstring("owner unknown: 2,345 messages behind"));
  limits.by = 0;
  CHECK_THAT(verdict(three_groups(), limits).line, ContainsSubstring("WARNING - everything: 12,745 messages behind"));
}

TEST_CASE("check: queues without a known owner") {
  CheckLimits limits;
  limits.unowned_queues = {0, 1};
  const Verdict result = verdict(three_groups(), limits);
  CHECK(result.exit_code == 1);
  CHECK(result.line == "WARNING - billing on orders: 1 queue without a known owner | lag=12345 unowned_queues=1;0;1");

  SECTION("the worse limit comes first, however small its number") {
    limits.lag = {100, {}};
    limits.unowned_queues = {{}, 0};
    const Verdict both = verdict(three_groups(), limits);
    CHECK(both.exit_code == 2);
    CHECK_THAT(both.line, ContainsSubstring("CRITICAL - billing on orders: 1 queue without a known owner, "
                                            "billing on orders: 12,345 messages"));
  }
}

TEST_CASE("check: unknown is never OK") {
  SnapshotBuilder builder = three_groups();
  builder.fields().outcome = Outcome::partial;
  SECTION("a pair") {
    builder.unknown("audit", "archive", Reason::empty, "the console returned no queues");
    const Verdict result = verdict(builder, lag_limits(100'000, 200'000));
    CHECK(result.exit_code == 3);
    CHECK(result.line == "UNKNOWN - not known: archive on audit (the console returned no queues) | lag=U;100000;200000");
  }
  SECTION("a topic, a group under no topic, a failure without an unknown") {
    builder.unknown("audit", "", Reason::timeout)
        .unknown("", "archive", Reason::not_listed, "online")
        .failure("topic list", Reason::reset, "cut");
    CHECK(verdict(builder, lag_limits(100'000, {})).line ==
          "UNKNOWN - not known: topic list (cut), archive (online), topic audit (timeout) | lag=U;100000");
  }
  SECTION("a reading that is not complete, whatever the reason") {
    CHECK(verdict(builder, lag_limits(100'000, {})).exit_code == 3);
  }
  SECTION("before a warning, which is told, too") {
    builder.unknown("audit", "archive", Reason::empty, "no queues");
    const Verdict result = verdict(builder, lag_limits(1'000, {}));
    CHECK(result.exit_code == 3);
    CHECK(result.line ==
          "UNKNOWN - not known: archive on audit (no queues); billing on orders: 12,345 messages behind | lag=U;1000");
  }
  SECTION("but not before what is critical as it is") {
    builder.unknown("audit", "archive", Reason::empty, "no queues");
    const Verdict result = verdict(builder, lag_limits({}, 1'000));
    CHECK(result.exit_code == 2);
    CHECK(result.line ==
          "CRITICAL - billing on orders: 12,345 messages behind; not known: archive on audit (no queues) | lag=12345;;1000");
  }
}

TEST_CASE("check: a missing subscription is told and counts only if strict") {
  SnapshotBuilder builder = three_groups();
  builder.unknown("orders", "archive", Reason::not_subscribed, "does not subscribe").unknown("orders", "zoo", Reason::not_subscribed);
  CheckLimits limits = lag_limits(100'000, {});
  const Verdict lenient = verdict(builder, limits);
  CHECK(lenient.exit_code == 0);
  CHECK(lenient.line == "OK - billing on orders: 12,345 messages behind, the most of 3; 2 pairs without a subscription | lag=12345;100000");
  limits.strict = true;
  const Verdict strict = verdict(builder, limits);
  CHECK(strict.exit_code == 3);
  CHECK_THAT(strict.line, ContainsSubstring("UNKNOWN - not known: archive on orders (does not subscribe), zoo on orders (not_subscribed)"));
}

TEST_CASE("check: nothing was read, or there is nothing") {
  SnapshotBuilder builder;
  SECTION("the console is dead") {
    builder.fields().outcome = Outcome::failed;
    builder.fields().url = "http://console:8080";
    builder.failure("topic list", Reason::refused, "connection refused");
    const Verdict result = verdict(builder, lag_limits(1, 2), asked_for("orders", ""));
    CHECK(result.exit_code == 3);
    CHECK(result.line == "UNKNOWN - nothing could be read from http://console:8080: topic list: connection refused | lag=U;1;2");
  }
  SECTION("there are no groups") {
    const Verdict result = verdict(builder, lag_limits(1, 2));
    CHECK(result.exit_code == 3);
    CHECK_THAT(result.line, ContainsSubstring("no consumer group was found"));
  }
}

TEST_CASE("check: a name that is nowhere is unknown") {
  SnapshotBuilder builder = three_groups();
  builder.skipped("news", "readers", Skip::broadcast);
  const auto [topics, groups, exit_code, text] = GENERATE(table<const char*, const char*, int, std::string>({
      {"orders", "", 0, "OK - "},
      {"orders,payments", "billing,ledger", 0, "OK - "},
      {"", "billing,legder", 3, "UNKNOWN - not known: group legder (nothing was found under this name) |"},
      {"ordres", "", 3, "topic ordres (nothing was found under this name)"},
      {"", "readers", 3, "group readers (left out: broadcast)"},
      {"", "bill*,legder*", 0, "OK - "},  // a pattern may match nothing
  }));
  const Verdict result = verdict(builder, lag_limits(100'000, {}), asked_for(topics, groups));
  CHECK(result.exit_code == exit_code);
  CHECK_THAT(result.line, ContainsSubstring(text));
}

TEST_CASE("check: a pair whose queues may be missing is told") {
  SnapshotBuilder builder = three_groups();
  builder.incomplete("payments", "ledger");
  const std::string line = verdict(builder, lag_limits(100'000, {})).line;
  CHECK_THAT(line, ContainsSubstring("; 1 with fewer queues than other groups of the topic show |"));
}

TEST_CASE("check: the worst three are named, and how many more there are") {
  SnapshotBuilder builder;
  for (int i = 1; i <= 7; ++i) builder.add_row("t" + std::to_string(i), "g", "broker-a", 0, 100 * i, 0);
  CHECK(verdict(builder, lag_limits(150, 650)).line ==
        "CRITICAL - g on t7: 700 messages behind, g on t6: 600 messages behind, g on t5: 500 messages behind and 3 more | lag=700;150;650");
}

TEST_CASE("check: hostile names stay on one line, short, and out of the performance data") {
  SnapshotBuilder builder;
  builder.add_row("pipe|dash", "a\nb\x1b[31m", "broker-a", 0, 10, 0);
  CHECK_THAT(verdict(builder, lag_limits(1, {})).line, ContainsSubstring("a\\nb\\u001b[31m on pipe\u00a6dash: 10 messages"));

  SECTION("cut between two characters") {
    std::string name;
    for (int i = 0; i < 600; ++i) name += "\u00e9";
    for (const std::string before : {"", "x"}) {
      SnapshotBuilder longer;
      longer.add_row(before + name, "g", "broker-a", 0, 10, 0);
      const std::string line = verdict(longer, lag_limits(1, {})).line;
      CHECK(line.size() < 1000);
      CHECK_THAT(line, ContainsSubstring("\u00e9... | lag=10;1"));
    }
  }
}

TEST_CASE("check: numbers at the ends") {
  SnapshotBuilder builder;
  builder.add_row("t", "g", "broker-a", 0, INT64_MAX, 0).add_row("t", "g", "broker-a", 1, INT64_MAX, 0);
  CHECK(verdict(builder, lag_limits({}, INT64_MAX - 1)).line ==
        "CRITICAL - g on t: 9,223,372,036,854,775,807 messages behind | lag=9223372036854775807;;9223372036854775806");
}
