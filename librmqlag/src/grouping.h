// grouping.h: totals under way: rows are summed up by what they have in common, on ids instead of text. Private; used by aggregate.cc and
// metric_totals.cc, with `Total` and with `BriefTotal`.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metric_totals.h"
#include "rmqlag/aggregate.h"

namespace rmqlag::internal {

inline std::uint64_t join(std::uint32_t high, std::uint32_t low) { return std::uint64_t{high} << 32 | low; }

/// What the rows of one total have in common. Dimensions that are not asked for are 0.
struct Key {
  NameId topic = 0, group = 0, broker = 0, host = 0, process = 0;
  std::int32_t queue = 0;

  /// All at once: one of them alone hardly ever tells.
  bool operator==(const Key& other) const {
    const auto words = [](const Key& key) {
      return std::array{join(key.group, key.topic), join(key.host, key.broker), join(static_cast<std::uint32_t>(key.queue), key.process)};
    };
    const auto a = words(*this), b = words(other);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2])) == 0;
  }
};

/// Keeps of a key what belongs to some dimensions; the others become 0.
class KeyMask {
 public:
  explicit KeyMask(unsigned dimensions) {
    const auto bits = [dimensions](unsigned dimension) { return (dimensions & dimension) != 0 ? ~NameId{0} : NameId{0}; };
    mask_ = {bits(by::topic), bits(by::group), bits(by::broker), bits(by::host), bits(by::process), (dimensions & by::queue) != 0 ? -1 : 0};
  }

  Key operator()(const Key& key) const {
    return {key.topic & mask_.topic, key.group & mask_.group,     key.broker & mask_.broker,
            key.host & mask_.host,   key.process & mask_.process, key.queue & mask_.queue};
  }

  /// Whether two rows of one part belong to one total.
  bool are_together(const Row& a, const Row& b) const {
    const std::uint64_t others = (join(a.host, a.broker) ^ join(b.host, b.broker)) & join(mask_.host, mask_.broker);
    return (others | ((queue_and_process(a) ^ queue_and_process(b)) & join(static_cast<std::uint32_t>(mask_.queue), mask_.process))) == 0;
  }

 private:
  static std::uint64_t queue_and_process(const Row& row) { return join(static_cast<std::uint32_t>(row.queue), row.process); }

  Key mask_;
};

inline std::size_t hash(const Key& key) {
  const auto mix = [](std::uint64_t bits) { return (bits ^ bits >> 32) * 0x9E3779B97F4A7C15; };
  const std::uint64_t mixed =
      mix(mix(mix(join(key.topic, key.group)) ^ join(key.broker, static_cast<std::uint32_t>(key.queue))) ^ join(key.host, key.process));
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

/// The parts of a total's sums that do not fit into its integers: how often each went round, upwards less downwards.
/// With them a sum is exact at every moment, so the order in which it is made cannot matter.
struct Rounds {
  std::int32_t diff = 0, lag = 0, ahead = 0, unowned_lag = 0, broker_offset = 0, consumer_offset = 0;

  bool operator==(const Rounds&) const = default;
};

inline void add(std::int64_t& sum, std::int32_t& rounds, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) rounds += more < 0 ? -1 : 1;
}

inline void subtract(std::int64_t& sum, std::int32_t& rounds, std::int64_t less) {
  if (__builtin_sub_overflow(sum, less, &sum)) rounds += less < 0 ? 1 : -1;
}

/// A queue that does not know its store time has 0, which is the minimum then: no time is told.
inline void add_lagging(Total& total, std::int64_t queues, std::int64_t oldest_consumed_ms) {
  total.oldest_consumed_ms = total.lagging_queues == 0 ? oldest_consumed_ms : std::min(total.oldest_consumed_ms, oldest_consumed_ms);
  total.lagging_queues += queues;
}

/// A row, whatever its offsets.
inline void add(BriefTotal& total, Rounds& rounds, const Row& row) {
  const std::int64_t row_diff = diff(row);
  add(total.diff, rounds.diff, row_diff);
  add(total.lag, rounds.lag, std::max<std::int64_t>(row_diff, 0));
  ++total.queues;
}

inline void add(Total& total, Rounds& rounds, const Row& row) {
  const std::int64_t row_diff = diff(row);
  const std::int64_t row_lag = std::max<std::int64_t>(row_diff, 0);
  std::int64_t exact_diff = 0;
  total.saturated |= __builtin_sub_overflow(row.broker_offset, row.consumer_offset, &exact_diff);  // held at an end of int64
  add(total.diff, rounds.diff, row_diff);
  add(total.lag, rounds.lag, row_lag);
  subtract(total.ahead, rounds.ahead, std::min<std::int64_t>(row_diff, 0));
  add(total.broker_offset, rounds.broker_offset, row.broker_offset);
  add(total.consumer_offset, rounds.consumer_offset, row.consumer_offset);
  ++total.queues;
  total.ahead_queues += row_diff < 0;
  total.uncommitted_queues += row.consumer_offset == 0 && row.broker_offset > 0;
  if (!row.owned()) {
    ++total.unowned_queues;
    add(total.unowned_lag, rounds.unowned_lag, row_lag);
  }
  if (row_lag > 0) add_lagging(total, 1, row.last_consumed_ms);
}

/// A few rows of one total may be summed up apart from it, which is faster, if their offsets are as brokers really give them: so small that
/// no sum leaves int64. Sums of others go round, so they are unsigned, and are not used.
constexpr std::size_t most_rows_apart = 512;
constexpr bool is_ordinary(std::uint64_t all_bits_of_offsets) { return all_bits_of_offsets >> 53 == 0; }

/// Whether both fit into their sum; `result` is that.
inline bool fits(std::int64_t sum, std::uint64_t more, std::int64_t& result) {
  return !__builtin_add_overflow(sum, static_cast<std::int64_t>(more), &result);
}

class BriefSums {
 public:
  void add(const Row& row) {
    const auto broker_offset = static_cast<std::uint64_t>(row.broker_offset);
    const auto consumer_offset = static_cast<std::uint64_t>(row.consumer_offset);
    all_bits_ |= broker_offset | consumer_offset;
    diff_ += broker_offset - consumer_offset;
    if (broker_offset > consumer_offset) lag_ += broker_offset - consumer_offset;
  }

  /// Adds them, of so many rows; false, and nothing is added, where that leaves int64.
  bool add_to(BriefTotal& total, std::size_t rows) const {
    BriefTotal sum;
    if (!is_ordinary(all_bits_) || !fits(total.diff, diff_, sum.diff) || !fits(total.lag, lag_, sum.lag)) return false;
    total.diff = sum.diff;
    total.lag = sum.lag;
    total.queues += static_cast<std::int64_t>(rows);
    return true;
  }

 private:
  std::uint64_t all_bits_ = 0, diff_ = 0, lag_ = 0;
};

class WholeSums {
 public:
  void add(const Row& row) {
    const auto broker_offset = static_cast<std::uint64_t>(row.broker_offset);
    const auto consumer_offset = static_cast<std::uint64_t>(row.consumer_offset);
    all_bits_ |= broker_offset | consumer_offset;
    broker_offset_ += broker_offset;
    consumer_offset_ += consumer_offset;
    if (consumer_offset == 0) uncommitted_queues_ += broker_offset > 0;
    unowned_queues_ += !row.owned();
    if (broker_offset > consumer_offset) {
      lag_ += broker_offset - consumer_offset;
      if (!row.owned()) unowned_lag_ += broker_offset - consumer_offset;
      ++lagging_queues_;
      oldest_consumed_ms_ = std::min(oldest_consumed_ms_, row.last_consumed_ms);
    } else {
      ahead_queues_ += broker_offset < consumer_offset;
    }
  }

  bool add_to(Total& total, std::size_t rows) const {
    const std::uint64_t diff = broker_offset_ - consumer_offset_;
    Total sum;
    if (!is_ordinary(all_bits_) || !fits(total.diff, diff, sum.diff) || !fits(total.lag, lag_, sum.lag) ||
        !fits(total.ahead, lag_ - diff, sum.ahead) || !fits(total.unowned_lag, unowned_lag_, sum.unowned_lag) ||
        !fits(total.broker_offset, broker_offset_, sum.broker_offset) ||
        !fits(total.consumer_offset, consumer_offset_, sum.consumer_offset)) {
      return false;
    }
    total.diff = sum.diff;
    total.lag = sum.lag;
    total.ahead = sum.ahead;
    total.unowned_lag = sum.unowned_lag;
    total.broker_offset = sum.broker_offset;
    total.consumer_offset = sum.consumer_offset;
    total.queues += static_cast<std::int64_t>(rows);
    total.ahead_queues += ahead_queues_;
    total.uncommitted_queues += uncommitted_queues_;
    total.unowned_queues += unowned_queues_;
    if (lagging_queues_ > 0) add_lagging(total, lagging_queues_, oldest_consumed_ms_);
    return true;
  }

 private:
  std::uint64_t all_bits_ = 0, broker_offset_ = 0, consumer_offset_ = 0, lag_ = 0, unowned_lag_ = 0;
  std::int64_t unowned_queues_ = 0, ahead_queues_ = 0, uncommitted_queues_ = 0, lagging_queues_ = 0;
  std::int64_t oldest_consumed_ms_ = std::numeric_limits<std::int64_t>::max();  // of the lagging ones
};

template <class AnyTotal>
using SumsOf = std::conditional_t<std::is_same_v<AnyTotal, Total>, WholeSums, BriefSums>;

inline void mark_carried(Total& total, Wall read_at) {
  total.read_at = total.carried ? std::min(total.read_at, read_at) : read_at;
  total.carried = true;
}

inline void settle(std::int64_t& sum, std::int32_t rounds, bool& saturated) {
  if (rounds == 0) return;
  sum = rounds > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  saturated = true;
}

inline void settle(BriefTotal& total, const Rounds& rounds) {
  bool saturated = false;  // it has no place to say so
  settle(total.diff, rounds.diff, saturated);
  settle(total.lag, rounds.lag, saturated);
}

inline void settle(Total& total, const Rounds& rounds) {
  settle(total.diff, rounds.diff, total.saturated);
  settle(total.lag, rounds.lag, total.saturated);
  settle(total.ahead, rounds.ahead, total.saturated);
  settle(total.unowned_lag, rounds.unowned_lag, total.saturated);
  settle(total.broker_offset, rounds.broker_offset, total.saturated);
  settle(total.consumer_offset, rounds.consumer_offset, total.saturated);
}

/// The rows of a part, with what they have in common.
struct PartRows {
  NameId topic;
  const Part& part;
  bool carried;
  std::span<const Row> rows;

  Key key_of(const Row& row) const { return {topic, part.group, row.broker, row.host, row.process, row.queue}; }
  void mark(Total& total) const {
    total.incomplete |= part.incomplete;
    if (carried) mark_carried(total, part.read_at);
  }
  void mark(BriefTotal&) const {}
};

template <class Use>
void each_part(const Snapshot& snapshot, Use use) {
  for (const auto& block : snapshot.blocks) {
    for (const Part& part : block->parts) {
      use(PartRows{block->topic, part, snapshot.carried(part), std::span(block->rows).subspan(part.first, part.count)});
    }
  }
}

inline std::size_t number_of_parts(const Snapshot& snapshot) {
  std::size_t parts = 0;
  for (const auto& block : snapshot.blocks) parts += block->parts.size();
  return parts;
}

/// For each id that the totals use, its place among their names in the order of text: a sort by ranks compares no text.
template <class AnyTotal>
std::vector<std::uint32_t> ranks(const std::vector<AnyTotal>& totals, const Names& names) {
  NameId largest = 0;
  for (const AnyTotal& total : totals) largest = std::max({largest, total.topic, total.group, total.broker, total.host, total.process});

  std::vector<std::uint32_t> rank(std::size_t{largest} + 1, 0);
  std::vector<std::pair<std::string_view, NameId>> used;
  for (const AnyTotal& total : totals) {
    for (const NameId id : {total.topic, total.group, total.broker, total.host, total.process}) {
      if (std::exchange(rank[id], 1) == 0) used.emplace_back(names[id], id);
    }
  }
  std::sort(used.begin(), used.end());
  for (std::size_t place = 0; place < used.size(); ++place) rank[used[place].second] = static_cast<std::uint32_t>(place);
  return rank;
}

struct SortKey {
  std::uint32_t topic, group, broker;
  std::int32_t queue;
  std::uint32_t host, process;
  std::uint32_t place;  // of the total

  auto operator<=>(const SortKey&) const = default;
};

/// Less than, equal to or more than 0 as the first text comes before, is, or comes after the other.
inline int compare(NameId a, NameId b, const Names& names) { return a == b ? 0 : names[a].compare(names[b]); }

template <class AnyTotal>
bool before(const AnyTotal& a, const AnyTotal& b, const Names& names) {
  if (const int order = compare(a.topic, b.topic, names)) return order < 0;
  if (const int order = compare(a.group, b.group, names)) return order < 0;
  if (const int order = compare(a.broker, b.broker, names)) return order < 0;
  if (a.queue != b.queue) return a.queue < b.queue;
  if (const int order = compare(a.host, b.host, names)) return order < 0;
  return compare(a.process, b.process, names) < 0;
}

template <class AnyTotal>
void sort_by_names(std::vector<AnyTotal>& totals, const Names& names) {
  // Blocks and parts are sorted, so totals of topics and pairs are found in order.
  if (std::ranges::is_sorted(totals, [&names](const AnyTotal& a, const AnyTotal& b) { return before(a, b, names); })) return;

  const std::vector<std::uint32_t> rank = ranks(totals, names);
  std::vector<SortKey> keys;
  keys.reserve(totals.size());
  for (const AnyTotal& total : totals) {
    keys.push_back({rank[total.topic], rank[total.group], rank[total.broker], total.queue, rank[total.host], rank[total.process],
                    static_cast<std::uint32_t>(keys.size())});
  }
  std::sort(keys.begin(), keys.end());
  // In place, cycle by cycle: a second copy of all totals would be the peak of a program's memory.
  for (std::uint32_t begin = 0; begin < keys.size(); ++begin) {
    std::uint32_t to = begin;
    while (keys[to].place != begin) {
      const std::uint32_t from = std::exchange(keys[to].place, to);
      std::swap(totals[to], totals[from]);
      to = from;
    }
    keys[to].place = to;
  }
}

/// Calls `use(sums, rows)` for each run of rows that belong to one total, with their sums.
template <class AnyTotal, class Use>
void each_run(std::span<const Row> rows, const KeyMask& mask, Use use) {
  while (!rows.empty()) {
    const std::size_t most = std::min(rows.size(), most_rows_apart);
    SumsOf<AnyTotal> sums;
    std::size_t count = 0;
    do sums.add(rows[count]);
    while (++count < most && mask.are_together(rows.front(), rows[count]));
    use(sums, rows.first(count));
    rows = rows.subspan(count);
  }
}

/// The totals under way, found by key in a table of open addressing.
template <class AnyTotal>
class Grouping {
 public:
  Grouping(const Snapshot& snapshot, unsigned dimensions) : mask_(dimensions) {
    // Of pairs and topics the number is known, and they are many: not a byte more than they need.
    if (dimensions == by::topic) totals_.reserve(snapshot.blocks.size());
    if (dimensions == (by::topic | by::group)) totals_.reserve(number_of_parts(snapshot));
  }

  void add(const PartRows& part) {
    each_run<AnyTotal>(part.rows, mask_, [&](const SumsOf<AnyTotal>& sums, std::span<const Row> rows) {
      const std::size_t place = place_of(mask_(part.key_of(rows.front())));
      if (!sums.add_to(totals_[place], rows.size())) add_exactly(place, rows);
      part.mark(totals_[place]);
    });
  }

  /// Sorted by names. There are none afterwards.
  std::vector<AnyTotal> take(const Names& names) {
    for (const auto& [place, rounds] : rounds_) settle(totals_[place], rounds);
    sort_by_names(totals_, names);
    return std::move(totals_);
  }

 private:
  /// Mostly that of the row before, or the one behind it: the rows of most parts come in the same order.
  std::size_t place_of(const Key& key) {
    if (last_ < totals_.size() && key_of(totals_[last_]) == key) return last_;
    const std::size_t next = last_ + 1 < totals_.size() ? last_ + 1 : 0;
    if (next < totals_.size() && key_of(totals_[next]) == key) return last_ = next;
    return last_ = look_up(key);
  }

  std::size_t look_up(const Key& key) {
    std::size_t slot = slot_of(key);
    if (slots_[slot] == vacant) {
      if (2 * totals_.size() >= slots_.size()) {
        grow();
        slot = slot_of(key);
      }
      slots_[slot] = static_cast<std::uint32_t>(totals_.size());
      totals_.push_back({key.topic, key.group, key.broker, key.host, key.process, key.queue});
    }
    return slots_[slot];
  }

  /// Where `key` is, or the vacant slot where it belongs.
  std::size_t slot_of(const Key& key) const {
    std::size_t slot = hash(key) & (slots_.size() - 1);
    while (slots_[slot] != vacant && key_of(totals_[slots_[slot]]) != key) slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  void grow() {
    slots_.assign(2 * slots_.size(), vacant);
    for (std::size_t place = 0; place < totals_.size(); ++place) {
      slots_[slot_of(key_of(totals_[place]))] = static_cast<std::uint32_t>(place);
    }
  }

  void add_exactly(std::size_t place, std::span<const Row> rows) {
    Rounds more;
    for (const Row& row : rows) internal::add(totals_[place], more, row);
    if (more == Rounds()) return;
    Rounds& rounds = rounds_[place];
    for (const auto round : {&Rounds::diff, &Rounds::lag, &Rounds::ahead, &Rounds::unowned_lag, &Rounds::broker_offset,
                             &Rounds::consumer_offset}) {
      rounds.*round += more.*round;
    }
  }

  static Key key_of(const AnyTotal& total) { return {total.topic, total.group, total.broker, total.host, total.process, total.queue}; }

  static constexpr std::uint32_t vacant = std::numeric_limits<std::uint32_t>::max();

  KeyMask mask_;
  std::vector<AnyTotal> totals_;
  std::unordered_map<std::size_t, Rounds> rounds_;  // of the total in that place; hardly ever is there one
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(64, vacant);  // places in totals_; their number is a power of two
  std::size_t last_ = 0;
};

}  // namespace rmqlag::internal
