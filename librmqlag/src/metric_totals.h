// metric_totals.h: the totals that metric families show. Private; made by aggregate.cc for metrics.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "rmqlag/aggregate.h"

namespace rmqlag::internal {

/// `Total` of a pair, in less memory: they are kept while most families are written.
struct PairTotal {
  NameId topic = 0, group = 0;
  std::int32_t queues = 0, unowned_queues = 0, ahead_queues = 0, uncommitted_queues = 0;
  std::int64_t diff = 0, lag = 0, ahead = 0, unowned_lag = 0, broker_offset = 0, consumer_offset = 0;
  std::int64_t oldest_consumed_ms = 0;
  Wall read_at{};
  bool carried = false, incomplete = false;
};

/// A part of `Total`: what the other families show. There may be as many as there are rows.
struct BriefTotal {
  NameId topic = 0, group = 0, broker = 0, host = 0, process = 0;
  std::int32_t queue = 0;
  std::int64_t diff = 0, lag = 0, queues = 0;
};

/// Each is sorted as by `aggregate`.
struct MetricTotals {
  std::vector<PairTotal> pairs;
  std::vector<BriefTotal> brokers_read;  ///< of the rows read in this pass
  // Of the compatible families:
  std::vector<BriefTotal> brokers, groups, processes, queues;
};

/// Made in one reading of all rows. The sums of the compatible families only if they are wanted.
MetricTotals metric_totals(const Snapshot& snapshot, bool compatible);

using UseBriefTotal = std::function<void(const BriefTotal&)>;

/// The total of each topic, by name.
void each_topic_total(const Snapshot& snapshot, const UseBriefTotal& use);

/// What each process holds of each pair, by names; host and process 0: the queues whose owner is not known. Valid during the call.
void each_process_total(const Snapshot& snapshot, const UseBriefTotal& use);

}  // namespace rmqlag::internal
