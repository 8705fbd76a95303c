// aggregate.cc: group-by over the rows of a snapshot, on ids instead of text. See aggregate.h.
#include "rmqlag/aggregate.h"

#include <algorithm>
#include <array>
#include <compare>
#include <limits>
#include <span>
#include <unordered_map>
#include <utility>

namespace rmqlag {
namespace {

struct Dimension {
  std::string_view word;
  unsigned set;
};

constexpr std::array dimensions_by_word = {
    Dimension{"topic", by::topic}, Dimension{"group", by::group}, Dimension{"broker", by::broker},
    Dimension{"queue", by::queue}, Dimension{"host", by::host},   Dimension{"process", by::host | by::process},
};

/// What the rows of one total have in common. Dimensions that are not asked for are 0.
struct Key {
  NameId topic = 0, group = 0, broker = 0, host = 0, process = 0;
  std::int32_t queue = 0;

  bool operator==(const Key&) const = default;
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
    const NameId brokers = (a.broker ^ b.broker) & mask_.broker;
    const NameId owners = ((a.host ^ b.host) & mask_.host) | ((a.process ^ b.process) & mask_.process);
    return (brokers | owners) == 0 && ((a.queue ^ b.queue) & mask_.queue) == 0;
  }

 private:
  Key mask_;
};

std::size_t hash(const Key& key) {
  const auto join = [](std::uint32_t high, std::uint32_t low) { return std::uint64_t{high} << 32 | low; };
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

void add(std::int64_t& sum, std::int32_t& rounds, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) rounds += more < 0 ? -1 : 1;
}

void subtract(std::int64_t& sum, std::int32_t& rounds, std::int64_t less) {
  if (__builtin_sub_overflow(sum, less, &sum)) rounds += less < 0 ? 1 : -1;
}

void add(Total& total, Rounds& rounds, const Row& row) {
  std::int64_t row_diff = 0;
  if (__builtin_sub_overflow(row.broker_offset, row.consumer_offset, &row_diff)) {
    row_diff = diff(row);  // held at an end of int64
    total.saturated = true;
  }
  const std::int64_t row_lag = std::max<std::int64_t>(row_diff, 0);
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
  if (row_lag > 0) {
    // A queue that does not know its store time has 0, which is the minimum then: no time is told.
    total.oldest_consumed_ms =
        total.lagging_queues == 0 ? row.last_consumed_ms : std::min(total.oldest_consumed_ms, row.last_consumed_ms);
    ++total.lagging_queues;
  }
}

void mark_carried(Total& total, Wall read_at) {
  total.read_at = total.carried ? std::min(total.read_at, read_at) : read_at;
  total.carried = true;
}

void settle(std::int64_t& sum, std::int32_t rounds, bool& saturated) {
  if (rounds == 0) return;
  sum = rounds > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  saturated = true;
}

void settle(Total& total, const Rounds& rounds) {
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
};

template <class Use>
void each_part(const Snapshot& snapshot, Rows rows, Use use) {
  for (const auto& block : snapshot.blocks) {
    for (const Part& part : block->parts) {
      const bool carried = snapshot.carried(part);
      if (carried && rows == Rows::read_in_this_pass) continue;
      use(PartRows{block->topic, part, carried, std::span(block->rows).subspan(part.first, part.count)});
    }
  }
}

/// The totals under way, found by key in a table of open addressing.
class Grouping {
 public:
  Grouping(const Snapshot& snapshot, unsigned dimensions) : mask_(dimensions) {
    // Of pairs and topics the number is known, and they are many: not a byte more than they need.
    if (dimensions == by::topic) totals_.reserve(snapshot.blocks.size());
    if (dimensions != (by::topic | by::group)) return;
    std::size_t parts = 0;
    for (const auto& block : snapshot.blocks) parts += block->parts.size();
    totals_.reserve(parts);
  }

  void add(const PartRows& part) {
    for (auto row = part.rows.begin(); row != part.rows.end();) {
      const Row& first = *row;
      const std::size_t place = place_of(mask_(part.key_of(first)));
      Total& total = totals_[place];
      Rounds rounds;
      do rmqlag::add(total, rounds, *row);
      while (++row != part.rows.end() && mask_.are_together(first, *row));
      part.mark(total);
      if (rounds != Rounds()) note(place, rounds);
    }
  }

  std::vector<Total> take() {
    for (const auto& [place, rounds] : rounds_) settle(totals_[place], rounds);
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

  void note(std::size_t place, const Rounds& more) {
    Rounds& rounds = rounds_[place];
    for (const auto round : {&Rounds::diff, &Rounds::lag, &Rounds::ahead, &Rounds::unowned_lag, &Rounds::broker_offset,
                             &Rounds::consumer_offset}) {
      rounds.*round += more.*round;
    }
  }

  static Key key_of(const Total& total) { return {total.topic, total.group, total.broker, total.host, total.process, total.queue}; }

  static constexpr std::uint32_t vacant = std::numeric_limits<std::uint32_t>::max();

  KeyMask mask_;
  std::vector<Total> totals_;
  std::unordered_map<std::size_t, Rounds> rounds_;  // of the total in that place; hardly ever is there one
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(64, vacant);  // places in totals_; their number is a power of two
  std::size_t last_ = 0;
};

/// Tells whether `a` comes before `b`, by text.
bool before(const Total& a, const Total& b, const Names& names) {
  const auto compare = [&names](NameId x, NameId y) { return x == y ? 0 : names[x].compare(names[y]); };
  if (const int order = compare(a.topic, b.topic)) return order < 0;
  if (const int order = compare(a.group, b.group)) return order < 0;
  if (const int order = compare(a.broker, b.broker)) return order < 0;
  if (a.queue != b.queue) return a.queue < b.queue;
  if (const int order = compare(a.host, b.host)) return order < 0;
  return compare(a.process, b.process) < 0;
}

/// For each id that the totals use, its place among their names in the order of text: a sort by ranks compares no text.
std::vector<std::uint32_t> ranks(const std::vector<Total>& totals, const Names& names) {
  NameId largest = 0;
  for (const Total& total : totals) largest = std::max({largest, total.topic, total.group, total.broker, total.host, total.process});

  std::vector<std::uint32_t> rank(std::size_t{largest} + 1, 0);
  std::vector<std::pair<std::string_view, NameId>> used;
  for (const Total& total : totals) {
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

std::vector<Total> sorted_by_names(std::vector<Total> totals, const Names& names) {
  // Blocks and parts are sorted, so totals of topics and pairs are found in order.
  if (std::is_sorted(totals.begin(), totals.end(), [&names](const Total& a, const Total& b) { return before(a, b, names); })) return totals;

  const std::vector<std::uint32_t> rank = ranks(totals, names);
  std::vector<SortKey> keys;
  keys.reserve(totals.size());
  for (const Total& total : totals) {
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
  return totals;
}

}  // namespace

Expected<unsigned> parse_dimensions(std::string_view list) {
  unsigned dimensions = 0;
  if (list.empty()) return dimensions;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string_view word = list.substr(begin, end - begin);
    const auto known = std::find_if(dimensions_by_word.begin(), dimensions_by_word.end(),
                                    [word](const Dimension& dimension) { return dimension.word == word; });
    if (known == dimensions_by_word.end()) {
      return Error{ErrorCode::invalid_argument,
                   "unknown dimension \"" + std::string(word) + "\": there are topic, group, broker, queue, process, host"};
    }
    dimensions |= known->set;
    begin = end + 1;
  }
  return dimensions;
}

std::vector<Total> aggregate(const Snapshot& snapshot, unsigned dimensions, Rows rows) {
  Grouping grouping(snapshot, dimensions);
  each_part(snapshot, rows, [&](const PartRows& part) { grouping.add(part); });
  return sorted_by_names(grouping.take(), *snapshot.names);
}

std::vector<Total> select(const Snapshot& snapshot, const Selection& selection) {
  std::vector<Total> totals = aggregate(snapshot, selection.by);
  std::erase_if(totals, [&selection](const Total& total) { return total.lag < selection.min_lag; });
  if (selection.sort == Sort::lag) {
    std::stable_sort(totals.begin(), totals.end(), [](const Total& a, const Total& b) { return a.lag > b.lag; });
  }
  if (selection.top != 0 && totals.size() > selection.top) totals.resize(selection.top);
  return totals;
}

}  // namespace rmqlag
