// metric_totals_test.cc: metric_totals.h and grouping.h: what metric families show agrees with `aggregate`, and that with sums of 128 bits,
// row by row, on snapshots whose sums leave int64 and come back.
#include "metric_totals.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/snapshot_builder.h"

using namespace rmqlag;
using namespace rmqlag::internal;
using rmqlag::test::SnapshotBuilder;
using rmqlag::test::wall;

namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();
constexpr unsigned by_pair = by::topic | by::group;
constexpr unsigned by_process = by::host | by::process;

/// All that a total says, as numbers: the sums, the counts, the times and marks.
using Facts = std::array<std::int64_t, 16>;

/// Totals by what their rows have in common, in the order of its text.
using Key = std::tuple<std::string, std::string, std::string, std::int32_t, std::string, std::string>;
using Totals = std::vector<std::pair<Key, Facts>>;

std::int64_t held(Wide sum, bool& saturated) {
  const Wide within = std::clamp<Wide>(sum, int64_min, int64_max);
  saturated |= within != sum;
  return static_cast<std::int64_t>(within);
}

/// A total as aggregate.h says what it is.
struct ReferenceTotal {
  void add(const Row& row, const Part& part, bool is_carried) {
    const Wide row_diff = held(Wide{row.broker_offset} - row.consumer_offset, saturated);
    diff += row_diff;
    lag += row_diff > 0 ? row_diff : 0;
    ahead += row_diff < 0 ? -row_diff : 0;
    broker_offset += row.broker_offset;
    consumer_offset += row.consumer_offset;
    ++queues;
    ahead_queues += row_diff < 0 ? 1 : 0;
    uncommitted_queues += row.consumer_offset == 0 && row.broker_offset > 0 ? 1 : 0;
    if (row.host == 0 && row.process == 0) {
      ++unowned_queues;
      unowned_lag += row_diff > 0 ? row_diff : 0;
    }
    if (row_diff > 0) consumed_ms.push_back(row.last_consumed_ms);
    if (is_carried) read_ms.push_back(part.read_at.time_since_epoch().count());
    incomplete |= part.incomplete;
  }

  Facts facts() const {
    const auto least = [](const std::vector<std::int64_t>& times) { return times.empty() ? 0 : *std::ranges::min_element(times); };
    bool beyond = saturated;
    const std::array sums{held(diff, beyond),        held(lag, beyond),           held(ahead, beyond),
                          held(unowned_lag, beyond), held(broker_offset, beyond), held(consumer_offset, beyond)};
    const auto lagging_queues = static_cast<std::int64_t>(consumed_ms.size());
    return {sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], queues, unowned_queues, ahead_queues, lagging_queues, uncommitted_queues,
            least(consumed_ms), beyond, !read_ms.empty(), least(read_ms), incomplete};
  }

 private:
  Wide diff = 0, lag = 0, ahead = 0, unowned_lag = 0, broker_offset = 0, consumer_offset = 0;
  std::int64_t queues = 0, unowned_queues = 0, ahead_queues = 0, uncommitted_queues = 0;
  std::vector<std::int64_t> consumed_ms, read_ms;  // of the lagging rows, of the carried ones
  bool saturated = false, incomplete = false;
};

Totals reference(const Snapshot& snapshot, unsigned dimensions, Rows rows) {
  const auto of = [dimensions](unsigned dimension, auto value) { return (dimensions & dimension) != 0 ? value : decltype(value){}; };
  std::map<std::tuple<NameId, NameId, NameId, std::int32_t, NameId, NameId>, ReferenceTotal> totals;
  for (const auto& block : snapshot.blocks) {
    for (const Part& part : block->parts) {
      const bool carried = snapshot.carried(part);
      if (carried && rows == Rows::read_in_this_pass) continue;
      for (std::uint32_t i = part.first; i < part.first + part.count; ++i) {
        const Row& row = block->rows[i];
        totals[{of(by::topic, block->topic), of(by::group, part.group), of(by::broker, row.broker), of(by::queue, row.queue),
                of(by::host, row.host), of(by::process, row.process)}]
            .add(row, part, carried);
      }
    }
  }
  Totals sorted;
  const auto text = [&snapshot](NameId id) { return std::string((*snapshot.names)[id]); };
  for (const auto& [ids, total] : totals) {
    const auto& [topic, group, broker, queue, host, process] = ids;
    sorted.emplace_back(Key(text(topic), text(group), text(broker), queue, text(host), text(process)), total.facts());
  }
  std::ranges::sort(sorted);
  return sorted;
}

Totals in_full(const Snapshot& snapshot, const std::vector<Total>& totals) {
  const auto text = [&snapshot](NameId id) { return std::string((*snapshot.names)[id]); };
  Totals texts;
  for (const Total& t : totals) {
    texts.emplace_back(Key(text(t.topic), text(t.group), text(t.broker), t.queue, text(t.host), text(t.process)),
                       Facts{t.diff, t.lag, t.ahead, t.unowned_lag, t.broker_offset, t.consumer_offset, t.queues, t.unowned_queues,
                             t.ahead_queues, t.lagging_queues, t.uncommitted_queues, t.oldest_consumed_ms, t.saturated, t.carried,
                             t.read_at.time_since_epoch().count(), t.incomplete});
  }
  return texts;
}

/// What there is of a total in brief.
using Brief = std::tuple<NameId, NameId, NameId, std::int32_t, NameId, NameId, std::int64_t, std::int64_t, std::int64_t>;

Brief brief(const auto& t) { return {t.topic, t.group, t.broker, t.queue, t.host, t.process, t.diff, t.lag, t.queues}; }

std::vector<Brief> in_brief(const auto& totals) {
  std::vector<Brief> all;
  for (const auto& total : totals) all.push_back(brief(total));
  return all;
}

/// What families show of a pair.
std::vector<std::array<std::int64_t, 16>> of_pairs(const auto& totals) {
  std::vector<std::array<std::int64_t, 16>> all;
  for (const auto& t : totals) {
    all.push_back({t.topic, t.group, t.queues, t.unowned_queues, t.ahead_queues, t.uncommitted_queues, t.diff, t.lag, t.ahead, t.unowned_lag,
                   t.broker_offset, t.consumer_offset, t.oldest_consumed_ms, t.read_at.time_since_epoch().count(), t.carried, t.incomplete});
  }
  return all;
}

std::vector<Brief> handed_over(const Snapshot& snapshot, void (*each)(const Snapshot&, const UseBriefTotal&)) {
  std::vector<Brief> all;
  each(snapshot, [&all](const BriefTotal& total) { all.push_back(brief(total)); });
  return all;
}

/// A CHECK that says where two differ, which may be long.
void check_same(const auto& actual, const auto& expected) {
  CHECK(actual.size() == expected.size());
  for (std::size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
    if (actual[i] != expected[i]) REQUIRE(actual[i] == expected[i]);
  }
}

void check_aggregate(const Snapshot& snapshot) {
  for (const unsigned dimensions : {0U, by::topic + 0, by::group + 0, by::broker + 0, by::queue + 0, by::host + 0, by::process + 0, by_pair,
                                    by_process, by::broker | by::queue, by_pair | by_process, 63U}) {
    for (const Rows rows : {Rows::all, Rows::read_in_this_pass}) {
      CAPTURE(dimensions, rows == Rows::all);
      check_same(in_full(snapshot, aggregate(snapshot, dimensions, rows)), reference(snapshot, dimensions, rows));
    }
  }
}

void check_metric_totals(const Snapshot& snapshot) {
  const auto aggregated = [&snapshot](unsigned dimensions, Rows rows = Rows::all) {
    return in_brief(aggregate(snapshot, dimensions, rows));
  };
  const MetricTotals all = metric_totals(snapshot, true), few = metric_totals(snapshot, false);
  for (const MetricTotals* const totals : {&all, &few}) {
    CAPTURE(totals == &all);
    check_same(of_pairs(totals->pairs), of_pairs(aggregate(snapshot, by_pair)));
    check_same(in_brief(totals->brokers_read), aggregated(by::broker, Rows::read_in_this_pass));
  }
  check_same(in_brief(all.brokers), aggregated(by::broker));
  check_same(in_brief(all.groups), aggregated(by::group));
  check_same(in_brief(all.processes), aggregated(by_process));
  check_same(in_brief(all.queues), aggregated(by::broker | by::queue));
  for (const auto totals : {&MetricTotals::brokers, &MetricTotals::groups, &MetricTotals::processes, &MetricTotals::queues}) {
    CHECK((few.*totals).empty());
  }
  check_same(handed_over(snapshot, each_topic_total), aggregated(by::topic));
  check_same(handed_over(snapshot, each_process_total), aggregated(by_pair | by_process));
}

constexpr std::int64_t power_of_two(int exponent) { return std::int64_t{1} << exponent; }

/// Makes snapshots by chance. All offsets of a part are of one kind, and kinds differ from part to part: so there are totals of rows that
/// are summed up apart, of others, and of both.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  Snapshot snapshot() {
    SnapshotBuilder builder;
    const bool any_carried = !one_in(4);
    for (int part = 0; part < 14; ++part) {
      const std::string topic = name("topic", 3), group = name("group", 3);
      const bool carried = any_carried && one_in(3);
      builder.reading(carried ? 41 : 42, wall(1'700'000'000'000 + below(1000)));
      add_rows(builder, topic, group, one_in(30) ? 1100 : 1 + below(20));
      if (one_in(4)) builder.incomplete(topic, group);
    }
    return builder.build();
  }

 private:
  std::int64_t below(std::uint64_t limit) { return static_cast<std::int64_t>(random_() % limit); }
  bool one_in(std::uint64_t times) { return below(times) == 0; }

  /// A name; their order is not that of their numbers.
  std::string name(const char* kind, std::uint64_t limit) { return std::to_string(below(limit) * 7919 % 101) + kind; }
  std::string name_or_none(const char* kind) { return one_in(3) ? std::string() : name(kind, 3); }

  void add_rows(SnapshotBuilder& builder, const std::string& topic, const std::string& group, std::int64_t count) {
    const std::int64_t kind = below(6);
    const bool one_owner = count > 100, nothing_consumed = one_in(3);
    std::string broker = name("broker", 2), host = name_or_none("host"), process = name_or_none("process");
    for (std::int64_t i = 0; i < count; ++i) {
      if (!one_owner && one_in(2)) broker = name("broker", 2), host = name_or_none("host"), process = name_or_none("process");
      const std::int64_t end = offset(kind), position = nothing_consumed ? 0 : offset(kind);
      builder.add_row(topic, group, broker, static_cast<std::int32_t>(i), end, position, host, process, one_in(9) ? 0 : 1 + below(1000));
    }
  }

  std::int64_t offset(std::int64_t kind) {
    const std::int64_t few = below(3);
    switch (kind) {
      case 0: return below(1000);
      case 1: return power_of_two(53) - 1 - few;                             // the largest that are ordinary
      case 2: return one_in(2) ? few : power_of_two(53) - 1 + few;           // around that
      case 3: return power_of_two(62) - 1 + few;
      case 4: return one_in(2) ? int64_max - few : int64_min + few;
      default: return std::array{std::int64_t{0}, few, -few, power_of_two(53) + few, power_of_two(62) - few, -power_of_two(62), int64_max,
                                 int64_min}[static_cast<std::size_t>(below(8))];
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("metric_totals: totals of random snapshots are those of a reference, row by row") {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    check_aggregate(Chance(seed).snapshot());
  }
}

TEST_CASE("metric_totals: what metrics show of random snapshots is what `aggregate` says") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    check_metric_totals(Chance(seed).snapshot());
  }
}

TEST_CASE("metric_totals: neighbours that have all but one name in common are kept apart") {
  const Snapshot snapshot = SnapshotBuilder()
                                .add_row("events", "billing", "broker-a", 0, 5, 2, "10.0.0.1", "4711")
                                .add_row("orders", "billing", "broker-a", 0, 7, 2, "10.0.0.1", "4711")
                                .add_row("orders", "shipping", "broker-a", 0, 11, 2, "10.0.0.1", "4711")
                                .add_row("orders", "shipping", "broker-a", 1, 13, 2, "10.0.0.1", "4712")
                                .add_row("orders", "shipping", "broker-a", 2, 17, 2, "10.0.0.2", "4712")
                                .add_row("orders", "shipping", "broker-b", 2, 19, 2, "10.0.0.2", "4712")
                                .build();
  check_aggregate(snapshot);
  check_metric_totals(snapshot);
}

TEST_CASE("metric_totals: no snapshot is too small") {
  const Snapshot empty = SnapshotBuilder().build();
  check_aggregate(empty);
  check_metric_totals(empty);
  const Snapshot one_row = SnapshotBuilder().add_row("orders", "billing", "broker-a", 3, 5, 2).build();
  check_aggregate(one_row);
  check_metric_totals(one_row);
}

TEST_CASE("metric_totals: long runs of equally large offsets are exact, up to the largest") {
  SnapshotBuilder builder;
  for (std::int32_t queue = 0; queue < 2600; ++queue) builder.add_row("orders", "billing", "broker-a", queue, 0, 0, "10.0.0.1", "4711");
  Snapshot snapshot = builder.build();
  const TopicBlock block = *snapshot.blocks.front();
  const auto check = [&](std::int64_t end, std::int64_t position, std::uint32_t rows) {
    CAPTURE(end, position, rows);
    TopicBlock changed = block;
    changed.rows.resize(rows);
    changed.parts.front().count = rows;
    for (Row& row : changed.rows) row.broker_offset = end, row.consumer_offset = position;
    snapshot.blocks.front() = std::make_shared<const TopicBlock>(changed);
    check_same(in_full(snapshot, aggregate(snapshot, by_pair)), reference(snapshot, by_pair, Rows::all));
    check_metric_totals(snapshot);
  };
  for (int bits = 50; bits <= 63; ++bits) {
    const std::int64_t largest = bits < 63 ? power_of_two(bits) - 1 : int64_max;
    for (const std::uint32_t rows : {512U, 513U, 2600U}) {
      check(largest, 0, rows);
      check(0, largest, rows);
      if (bits < 63) check(largest + 1, 1, rows);
    }
  }
}
