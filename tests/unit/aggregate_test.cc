// aggregate_test.cc: aggregate.h: the one definition of a total, checked by hand-made cases and against a naive version.
#include "rmqlag/aggregate.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "support/catch.h"
#include "support/snapshot_builder.h"

using namespace rmqlag;
using rmqlag::test::SnapshotBuilder;
using rmqlag::test::wall;

namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();
constexpr unsigned all_dimensions = 63;

Total only(const std::vector<Total>& totals) {
  REQUIRE(totals.size() == 1);
  return totals.front();
}

/// "topic/group/broker/queue/host/process" of each total, for readable expectations.
std::vector<std::string> keys(const Snapshot& snapshot, const std::vector<Total>& totals) {
  const Names& names = *snapshot.names;
  std::vector<std::string> texts;
  for (const Total& total : totals) {
    std::string text;
    for (const NameId id : {total.topic, total.group, total.broker}) text.append(names[id]) += '/';
    text += std::to_string(total.queue) + '/';
    text.append(names[total.host]) += '/';
    texts.push_back(text.append(names[total.process]));
  }
  return texts;
}

/// What a test can compare: all that is summed.
using Sums = std::array<std::int64_t, 12>;

Sums sums(const Total& total) {
  return {total.diff, total.lag, total.ahead, total.unowned_lag,
          total.broker_offset, total.consumer_offset, total.queues, total.unowned_queues,
          total.ahead_queues, total.lagging_queues, total.uncommitted_queues, total.oldest_consumed_ms};
}

using NaiveKey = std::tuple<std::string, std::string, std::string, std::int32_t, std::string, std::string>;

/// The same group-by in the plainest way: a map of texts, one row after the other.
std::map<NaiveKey, Sums> naive(const Snapshot& snapshot, unsigned dimensions) {
  const Names& names = *snapshot.names;
  const auto text = [&](unsigned dimension, NameId id) { return (dimensions & dimension) != 0 ? std::string(names[id]) : std::string(); };
  std::map<NaiveKey, Sums> totals;
  std::map<NaiveKey, std::vector<std::int64_t>> times;
  for (const auto& block : snapshot.blocks) {
    for (const Part& part : block->parts) {
      for (std::uint32_t i = 0; i < part.count; ++i) {
        const Row& row = block->rows[part.first + i];
        const NaiveKey key{text(by::topic, block->topic), text(by::group, part.group), text(by::broker, row.broker),
                           (dimensions & by::queue) != 0 ? row.queue : 0, text(by::host, row.host), text(by::process, row.process)};
        const std::int64_t diff = row.broker_offset - row.consumer_offset;
        const bool unowned = row.host == 0 && row.process == 0;
        Sums& sum = totals[key];
        sum[0] += diff;
        sum[1] += diff > 0 ? diff : 0;
        sum[2] += diff < 0 ? -diff : 0;
        sum[3] += unowned && diff > 0 ? diff : 0;
        sum[4] += row.broker_offset;
        sum[5] += row.consumer_offset;
        sum[6] += 1;
        sum[7] += unowned ? 1 : 0;
        sum[8] += diff < 0 ? 1 : 0;
        sum[9] += diff > 0 ? 1 : 0;
        sum[10] += row.consumer_offset == 0 && row.broker_offset > 0 ? 1 : 0;
        if (diff > 0) times[key].push_back(row.last_consumed_ms);
      }
    }
  }
  for (const auto& [key, some] : times) totals[key][11] = *std::min_element(some.begin(), some.end());
  return totals;
}

Snapshot random_snapshot(unsigned seed) {
  std::mt19937_64 random(seed);
  const auto below = [&random](std::uint64_t limit) { return static_cast<std::int64_t>(random() % limit); };
  // Names whose order is not the order in which they are interned, nor that of their numbers.
  const auto name = [&](const char* kind, std::uint64_t limit) { return std::to_string(below(limit) * 7919 % 101) + kind; };

  SnapshotBuilder builder;
  const std::int64_t rows = below(400);
  std::map<std::tuple<std::string, std::string, std::string, std::int32_t>, bool> seen;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::string topic = name("topic", 6), group = name("group", 5), broker = name("broker", 3);
    const auto queue = static_cast<std::int32_t>(below(12));
    if (!seen.emplace(std::tuple(topic, group, broker, queue), true).second) continue;
    const bool carried = below(5) == 0;
    builder.reading(carried ? 41 : 42, wall(1'700'000'000'000 + below(1000)));
    builder.add_row(topic, group, broker, queue, below(1000), below(3) == 0 ? 0 : below(1000), below(4) == 0 ? "" : name("host", 9),
                    below(4) == 0 ? "" : name("process", 9), below(6) == 0 ? 0 : 1'600'000'000'000 + below(100'000));
  }
  return builder.build();
}

}  // namespace

TEST_CASE("lists of dimensions") {
  const std::vector<std::pair<std::string, unsigned>> good = {
      {"", 0},
      {"topic", by::topic},
      {"topic,group", by::topic | by::group},
      {"group,topic,topic", by::topic | by::group},
      {"broker,queue", by::broker | by::queue},
      {"host", by::host},
      {"process", by::host | by::process},
      {"topic,group,broker,queue,host,process", all_dimensions},
  };
  for (const auto& [list, expected] : good) {
    CAPTURE(list);
    const auto parsed = parse_dimensions(list);
    REQUIRE(parsed);
    CHECK(*parsed == expected);
  }

  const std::vector<std::pair<std::string, std::string>> bad = {
      {"topics", "\"topics\""}, {"topic,", "\"\""},         {",", "\"\""},          {"topic,,group", "\"\""},
      {" topic", "\" topic\""}, {"Topic", "\"Topic\""},     {"topic;group", "\"topic;group\""},
  };
  for (const auto& [list, word] : bad) {
    CAPTURE(list);
    const auto parsed = parse_dimensions(list);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid_argument);
    CHECK_THAT(parsed.error().message, ContainsSubstring(word));
    CHECK_THAT(parsed.error().message, ContainsSubstring("topic, group, broker, queue, process, host"));
  }
}

TEST_CASE("no rows, no totals") {
  const Snapshot snapshot = SnapshotBuilder().unknown("orders", "billing", Reason::timeout).build();
  for (unsigned dimensions = 0; dimensions <= all_dimensions; ++dimensions) CHECK(aggregate(snapshot, dimensions).empty());
}

TEST_CASE("what a total says of a pair") {
  const Snapshot snapshot =
      SnapshotBuilder()
          .add_row("orders", "billing", "broker-a", 0, 120, 100, "10.0.0.1", "4711", 1000)  // lag 20
          .add_row("orders", "billing", "broker-a", 1, 90, 100, "10.0.0.1", "4711", 500)    // ahead 10
          .add_row("orders", "billing", "broker-b", 0, 70, 0)                               // lag 70, nobody, uncommitted
          .add_row("orders", "billing", "broker-b", 1, 0, 0)                                // empty: nothing to commit
          .add_row("orders", "billing", "broker-b", 2, 5, 5, "10.0.0.2", "")                // only the host is known
          .add_row("orders", "billing", "broker-b", 3, 6, 5, "", "worker", 900)             // only the process is known
          .build();
  const Total total = only(aggregate(snapshot, by::topic | by::group));
  CHECK((*snapshot.names)[total.topic] == "orders");
  CHECK((*snapshot.names)[total.group] == "billing");
  CHECK(total.broker == 0);
  CHECK(total.host == 0);
  CHECK(total.process == 0);
  CHECK(total.queue == 0);
  CHECK(total.diff == 81);
  CHECK(total.lag == 91);
  CHECK(total.ahead == 10);
  CHECK(total.unowned_lag == 70);
  CHECK(total.broker_offset == 291);
  CHECK(total.consumer_offset == 210);
  CHECK(total.queues == 6);
  CHECK(total.unowned_queues == 2);
  CHECK(total.ahead_queues == 1);
  CHECK(total.lagging_queues == 3);
  CHECK(total.uncommitted_queues == 1);
  CHECK(total.oldest_consumed_ms == 0);  // the 70 behind on broker-b have no time
  CHECK_FALSE(total.saturated);
  CHECK_FALSE(total.carried);
  CHECK_FALSE(total.incomplete);
}

TEST_CASE("the oldest consumed message bounds the delay only where every lagging queue has one") {
  struct Queue {
    std::int64_t lag, time;
  };
  const std::vector<std::pair<std::vector<Queue>, std::int64_t>> cases = {
      {{{5, 2000}, {5, 1000}, {5, 3000}}, 1000},
      {{{5, 1000}, {5, 0}}, 0},
      {{{5, 0}, {5, 1000}}, 0},
      {{{5, 2000}, {0, 1000}}, 2000},   // queues without lag do not count
      {{{5, 2000}, {-5, 1000}}, 2000},  // nor those that are ahead
      {{{5, 2000}, {0, 0}}, 2000},      // not even when they have no time
      {{{0, 1000}, {0, 2000}}, 0},
  };
  for (const auto& [queues, expected] : cases) {
    SnapshotBuilder builder;
    for (std::size_t i = 0; i < queues.size(); ++i) {
      builder.add_row("orders", "billing", "broker-a", static_cast<std::int32_t>(i), 100 + queues[i].lag, 100, "h", "p", queues[i].time);
    }
    CHECK(only(aggregate(builder.build(), 0)).oldest_consumed_ms == expected);
  }
}

TEST_CASE("carried-over and incomplete parts mark the totals they are in") {
  const Snapshot snapshot = SnapshotBuilder()
                                .add_row("orders", "billing", "broker-a", 0, 10, 0)
                                .add_row("orders", "audit", "broker-a", 0, 10, 0)
                                .reading(41, wall(5000))
                                .add_row("orders", "billing", "broker-b", 0, 20, 0)
                                .reading(40, wall(4000))
                                .add_row("events", "billing", "broker-b", 0, 40, 0)
                                .incomplete("orders", "audit")
                                .build();

  SECTION("by group") {
    const auto totals = aggregate(snapshot, by::group);
    REQUIRE(keys(snapshot, totals) == std::vector<std::string>{"/audit//0//", "/billing//0//"});
    CHECK_FALSE(totals[0].carried);
    CHECK(totals[0].incomplete);
    CHECK(totals[1].carried);
    CHECK(totals[1].read_at == wall(4000));  // the oldest of what was not read in this pass
    CHECK_FALSE(totals[1].incomplete);
    CHECK(totals[1].lag == 70);
    CHECK(totals[1].queues == 3);
  }
  SECTION("by pair") {
    const auto totals = aggregate(snapshot, by::topic | by::group);
    REQUIRE(keys(snapshot, totals) == std::vector<std::string>{"events/billing//0//", "orders/audit//0//", "orders/billing//0//"});
    CHECK(totals[0].read_at == wall(4000));
    CHECK(totals[2].read_at == wall(5000));
    CHECK(totals[2].lag == 30);
  }
  SECTION("only what was read in this pass") {
    const auto totals = aggregate(snapshot, by::broker, Rows::read_in_this_pass);
    REQUIRE(keys(snapshot, totals) == std::vector<std::string>{"//broker-a/0//"});
    CHECK(totals[0].lag == 20);
    CHECK(totals[0].queues == 2);
    CHECK_FALSE(totals[0].carried);
  }
}

TEST_CASE("totals are sorted by names, not by ids") {
  const Snapshot snapshot = SnapshotBuilder()
                                .add_row("zebra", "b", "broker-b", 10, 1, 0, "host-2", "9")
                                .add_row("zebra", "a", "broker-b", 9, 1, 0, "host-1", "9")
                                .add_row("zebra", "a", "broker-b", 10, 1, 0, "host-1", "10")
                                .add_row("zebra", "a", "broker-a", 11, 1, 0)
                                .add_row("apple", "b", "broker-a", 2, 1, 0, "host-2", "9")
                                .build();
  CHECK(keys(snapshot, aggregate(snapshot, all_dimensions)) ==
        std::vector<std::string>{"apple/b/broker-a/2/host-2/9", "zebra/a/broker-a/11//", "zebra/a/broker-b/9/host-1/9",
                                 "zebra/a/broker-b/10/host-1/10", "zebra/b/broker-b/10/host-2/9"});
  CHECK(keys(snapshot, aggregate(snapshot, by::host | by::process)) ==
        std::vector<std::string>{"///0//", "///0/host-1/10", "///0/host-1/9", "///0/host-2/9"});
  CHECK(keys(snapshot, aggregate(snapshot, by::queue)) ==
        std::vector<std::string>{"///2//", "///9//", "///10//", "///11//"});
}

TEST_CASE("totals equal the naive group-by in all sets of dimensions") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const Snapshot snapshot = random_snapshot(seed);
    const auto grand = naive(snapshot, 0);
    for (unsigned dimensions = 0; dimensions <= all_dimensions; ++dimensions) {
      CAPTURE(seed, dimensions);
      const auto expected = naive(snapshot, dimensions);
      const auto totals = aggregate(snapshot, dimensions);
      REQUIRE(totals.size() == expected.size());
      auto next = expected.begin();
      Sums together{};
      for (const Total& total : totals) {
        const Names& names = *snapshot.names;
        const NaiveKey key{std::string(names[total.topic]), std::string(names[total.group]), std::string(names[total.broker]),
                           total.queue, std::string(names[total.host]), std::string(names[total.process])};
        REQUIRE(key == next->first);  // a map of texts is sorted by names, too
        REQUIRE(sums(total) == next->second);
        for (std::size_t i = 0; i < 11; ++i) together[i] += sums(total)[i];
        REQUIRE(total.diff == total.lag - total.ahead);
        ++next;
      }
      for (std::size_t i = 0; i < 11 && !grand.empty(); ++i) REQUIRE(together[i] == grand.begin()->second[i]);
    }
  }
}

TEST_CASE("sums that leave int64 are held at its end and say so") {
  struct Offsets {
    std::int64_t broker, consumer;
  };
  struct Case {
    std::vector<Offsets> rows;
    std::int64_t diff, lag, ahead;
    bool saturated;
  };
  const std::vector<Case> cases = {
      {{{int64_max, 0}}, int64_max, int64_max, 0, false},
      {{{int64_max, 0}, {1, 1}}, int64_max, int64_max, 0, true},             // the broker offsets alone overflow
      {{{int64_max, 0}, {int64_max, 0}}, int64_max, int64_max, 0, true},     // 2^64 - 2
      {{{0, int64_max}, {0, int64_max}}, int64_min, 0, int64_max, true},
      {{{-1, int64_max}}, int64_min, 0, int64_max, true},                    // exactly -2^63: its ahead does not fit
      {{{-2, int64_max}}, int64_min, 0, int64_max, true},                    // rmqlag::diff holds it already
      {{{int64_max, -1}}, int64_max, int64_max, 0, true},
      {{{int64_max, 0}, {int64_max, 0}, {int64_max, 0}}, int64_max, int64_max, 0, true},
      // The lag overflows, the diff does not: 2^63 - 1 + 10 - 20.
      {{{int64_max, 0}, {10, 0}, {0, 20}}, int64_max - 10, int64_max, 20, true},
  };
  for (const Case& c : cases) {
    std::vector<std::size_t> order(c.rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
      SnapshotBuilder builder;
      for (std::size_t i = 0; i < order.size(); ++i) {
        const Offsets& row = c.rows[order[i]];
        builder.add_row("orders", "billing", "broker-a", static_cast<std::int32_t>(i), row.broker, row.consumer);
      }
      const Total total = only(aggregate(builder.build(), by::topic));
      CHECK(total.diff == c.diff);
      CHECK(total.lag == c.lag);
      CHECK(total.ahead == c.ahead);
      CHECK(total.unowned_lag == c.lag);
      CHECK(total.saturated == c.saturated);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_CASE("totals above 2^53 are exact") {
  const std::int64_t big = std::int64_t{1} << 53;
  const Snapshot snapshot =
      SnapshotBuilder().add_row("orders", "billing", "broker-a", 0, big, 0).add_row("orders", "billing", "broker-a", 1, 1, 0).build();
  CHECK(only(aggregate(snapshot, 0)).lag == big + 1);
}

TEST_CASE("a group of very many totals") {
  SnapshotBuilder builder;
  for (std::int32_t queue = 4999; queue >= 0; --queue) builder.add_row("orders", "billing", "broker-a", queue, queue, 0);
  const auto totals = aggregate(builder.build(), by::queue);
  REQUIRE(totals.size() == 5000);
  for (std::int32_t queue = 0; queue < 5000; ++queue) REQUIRE(totals[static_cast<std::size_t>(queue)].lag == queue);
}

TEST_CASE("selections") {
  const Snapshot snapshot = SnapshotBuilder()
                                .add_row("orders", "d", "broker-a", 0, 10, 0)
                                .add_row("orders", "c", "broker-a", 0, 30, 0)
                                .add_row("orders", "b", "broker-a", 0, 10, 0)
                                .add_row("orders", "a", "broker-a", 0, 0, 50)
                                .build();
  const auto groups = [&snapshot](Selection selection) {
    selection.by = by::group;
    std::string text;
    for (const Total& total : select(snapshot, selection)) text += (*snapshot.names)[total.group];
    return text;
  };
  Selection selection;
  CHECK(groups(selection) == "cbda");  // largest lag first, equal ones by name
  selection.sort = Sort::name;
  CHECK(groups(selection) == "abcd");
  selection.top = 2;
  CHECK(groups(selection) == "ab");
  selection.sort = Sort::lag;
  CHECK(groups(selection) == "cb");
  selection.top = 9;
  CHECK(groups(selection) == "cbda");
  selection.min_lag = 10;
  CHECK(groups(selection) == "cbd");
  selection.min_lag = 11;
  CHECK(groups(selection) == "c");
  selection.min_lag = 31;
  CHECK(groups(selection).empty());
}
