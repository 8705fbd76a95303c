// aggregate.h: totals of a snapshot's rows over any set of dimensions. Pure.
// Used by metrics.h and by every writer: there is one definition of a total, and this is it.
// Thread-safe on a shared snapshot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/expected.h"
#include "rmqlag/export.h"
#include "rmqlag/lag.h"

namespace rmqlag {

/// A set of dimensions is a sum of these.
namespace by {
inline constexpr unsigned topic = 1, group = 2, broker = 4, queue = 8, host = 16, process = 32;
}

/// "topic,group,process" -> the set; `process` means host and process together. "" is the empty set: one grand total.
/// Error `invalid_argument` names the word and the ones there are.
RMQLAG_EXPORT Expected<unsigned> parse_dimensions(std::string_view list);

/// The sums over the rows that share the values of the dimensions; the others are 0. All in messages unless said.
/// Sums that leave int64 are held at its end, and `saturated` says so.
struct Total {
  NameId topic = 0, group = 0, broker = 0, host = 0, process = 0;
  std::int32_t queue = 0;
  bool saturated = false;
  bool carried = false;     ///< some of its rows were not read in this pass...
  Wall read_at{};           ///< ... the oldest of those was read then
  bool incomplete = false;  ///< a pair that shows fewer queues than another group of its topic

  std::int64_t diff = 0;     ///< raw: negative ones included
  std::int64_t lag = 0;      ///< negative ones counted as 0
  std::int64_t ahead = 0;    ///< the negative ones alone, as a positive number
  std::int64_t unowned_lag = 0;
  std::int64_t broker_offset = 0, consumer_offset = 0;
  std::int64_t queues = 0, unowned_queues = 0, ahead_queues = 0;
  std::int64_t lagging_queues = 0;     ///< lag > 0
  std::int64_t uncommitted_queues = 0; ///< consumer offset 0, broker offset above
  std::int64_t oldest_consumed_ms = 0; ///< oldest store time among lagging queues; 0: no lag, or one of them has none
};

enum class Rows : std::uint8_t { all, read_in_this_pass };

/// Sorted by the names of topic, group, broker, queue, host, process. A queue counts once.
RMQLAG_EXPORT std::vector<Total> aggregate(const Snapshot& snapshot, unsigned dimensions, Rows rows = Rows::all);

enum class Sort : std::uint8_t { lag, name };

/// What people ask to see of the totals.
struct Selection {
  unsigned by = by::topic | by::group | by::host | by::process;
  Sort sort = Sort::lag;
  std::size_t top = 0;       ///< 0 = all
  std::int64_t min_lag = 0;
};

/// The totals asked for: sorted by lag (largest first, then by names) or by names.
RMQLAG_EXPORT std::vector<Total> select(const Snapshot& snapshot, const Selection& selection);

}  // namespace rmqlag
