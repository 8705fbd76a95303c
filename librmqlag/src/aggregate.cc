// aggregate.cc: group-by over the rows of a snapshot, on ids instead of text. See aggregate.h.
#include "rmqlag/aggregate.h"

#include <algorithm>
#include <array>
#include <compare>
#include <limits>
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

/// Makes keys: all bits of the dimensions asked for, none of the others.
class KeyMask {
 public:
  explicit KeyMask(unsigned dimensions) {
    const auto bits = [dimensions](unsigned dimension) { return (dimensions & dimension) != 0 ? ~NameId{0} : NameId{0}; };
    mask_ = {bits(by::topic), bits(by::group), bits(by::broker), bits(by::host), bits(by::process), (dimensions & by::queue) != 0 ? -1 : 0};
  }

  Key operator()(NameId topic, NameId group, const Row& row) const {
    return {topic & mask_.topic,  group & mask_.group,         row.broker & mask_.broker,
            row.host & mask_.host, row.process & mask_.process, row.queue & mask_.queue};
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
/// With them a sum is exact at every moment, so the order of the rows cannot matter.
struct Wraps {
  std::int32_t diff = 0, lag = 0, ahead = 0, unowned_lag = 0, broker_offset = 0, consumer_offset = 0;
};

void add(std::int64_t& sum, std::int32_t& wraps, std::int64_t value) {
  if (__builtin_add_overflow(sum, value, &sum)) wraps += value < 0 ? -1 : 1;
}

/// Whether rmqlag::diff had to hold this row's diff at an end of int64.
bool diff_is_held(const Row& row, std::int64_t held) {
  const auto wrapping = static_cast<std::uint64_t>(row.broker_offset) - static_cast<std::uint64_t>(row.consumer_offset);
  return wrapping != static_cast<std::uint64_t>(held);
}

/// `total.ahead` is kept negative until `settle`: the smallest int64 has no positive counterpart.
void add(Total& total, Wraps& wraps, const Row& row) {
  const std::int64_t row_diff = diff(row);
  const std::int64_t row_lag = std::max<std::int64_t>(row_diff, 0);
  total.saturated |= diff_is_held(row, row_diff);
  add(total.diff, wraps.diff, row_diff);
  add(total.lag, wraps.lag, row_lag);
  add(total.ahead, wraps.ahead, std::min<std::int64_t>(row_diff, 0));
  add(total.broker_offset, wraps.broker_offset, row.broker_offset);
  add(total.consumer_offset, wraps.consumer_offset, row.consumer_offset);

  ++total.queues;
  total.ahead_queues += row_diff < 0;
  total.uncommitted_queues += row.consumer_offset == 0 && row.broker_offset > 0;
  if (!row.owned()) {
    ++total.unowned_queues;
    add(total.unowned_lag, wraps.unowned_lag, row_lag);
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

void settle(std::int64_t& sum, std::int32_t wraps, bool& saturated) {
  if (wraps == 0) return;
  sum = wraps > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  saturated = true;
}

void settle(Total& total, const Wraps& wraps) {
  settle(total.diff, wraps.diff, total.saturated);
  settle(total.lag, wraps.lag, total.saturated);
  settle(total.unowned_lag, wraps.unowned_lag, total.saturated);
  settle(total.broker_offset, wraps.broker_offset, total.saturated);
  settle(total.consumer_offset, wraps.consumer_offset, total.saturated);
  settle(total.ahead, wraps.ahead, total.saturated);
  if (__builtin_sub_overflow(std::int64_t{0}, total.ahead, &total.ahead)) settle(total.ahead, 1, total.saturated);
}

/// The totals under way, found by key in a table of open addressing.
class Grouping {
 public:
  void add_rows(NameId topic, const Part& part, const Row* rows, bool carried, KeyMask key_of) {
    for (const Row* row = rows; row != rows + part.count; ++row) {
      const std::size_t place = place_of(key_of(topic, part.group, *row));
      Total& total = totals_[place];
      add(total, wraps_[place], *row);
      total.incomplete |= part.incomplete;
      if (carried) mark_carried(total, part.read_at);
    }
  }

  std::vector<Total> take() {
    for (std::size_t place = 0; place < totals_.size(); ++place) settle(totals_[place], wraps_[place]);
    return std::move(totals_);
  }

 private:
  std::size_t place_of(const Key& key) {
    // Rows of one total mostly come one after the other.
    if (last_ < keys_.size() && keys_[last_] == key) return last_;
    std::size_t slot = slot_of(key);
    if (slots_[slot] == vacant) {
      if (2 * keys_.size() >= slots_.size()) {
        grow();
        slot = slot_of(key);
      }
      slots_[slot] = static_cast<std::uint32_t>(keys_.size());
      append(key);
    }
    return last_ = slots_[slot];
  }

  /// Where `key` is, or the vacant slot where it belongs.
  std::size_t slot_of(const Key& key) const {
    std::size_t slot = hash(key) & (slots_.size() - 1);
    while (slots_[slot] != vacant && keys_[slots_[slot]] != key) slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  void append(const Key& key) {
    keys_.push_back(key);
    wraps_.emplace_back();
    Total& total = totals_.emplace_back();
    total.topic = key.topic;
    total.group = key.group;
    total.broker = key.broker;
    total.host = key.host;
    total.process = key.process;
    total.queue = key.queue;
  }

  void grow() {
    slots_.assign(2 * slots_.size(), vacant);
    for (std::size_t place = 0; place < keys_.size(); ++place) slots_[slot_of(keys_[place])] = static_cast<std::uint32_t>(place);
  }

  static constexpr std::uint32_t vacant = std::numeric_limits<std::uint32_t>::max();

  std::vector<Total> totals_;
  std::vector<Key> keys_;     // of the total in the same place: close together, as they are what is searched
  std::vector<Wraps> wraps_;  // likewise
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
  std::vector<Total> sorted;
  sorted.reserve(totals.size());
  for (const SortKey& key : keys) sorted.push_back(totals[key.place]);
  return sorted;
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
  Grouping grouping;
  const KeyMask key_of(dimensions);
  for (const auto& block : snapshot.blocks) {
    for (const Part& part : block->parts) {
      const bool carried = snapshot.carried(part);
      if (carried && rows == Rows::read_in_this_pass) continue;
      grouping.add_rows(block->topic, part, block->rows.data() + part.first, carried, key_of);
    }
  }
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
