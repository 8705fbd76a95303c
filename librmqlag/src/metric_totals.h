// metric_totals.h: the totals that metric families show. Private; made by aggregate.cc for metrics.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "rmqlag/aggregate.h"

namespace rmqlag::internal {

/// A part of `Total`: what most families show. There may be as many as there are rows.
struct BriefTotal {
  NameId topic = 0, group = 0, broker = 0, host = 0, process = 0;
  std::int32_t queue = 0;
  std::int64_t diff = 0, lag = 0, queues = 0;
};

/// Each is sorted as by `aggregate`.
struct MetricTotals {
  std::vector<Total> pairs;
  std::vector<BriefTotal> brokers_read;  ///< of the rows read in this pass
  // Of the compatible families:
  std::vector<BriefTotal> brokers, groups, processes, queues;
};

/// Made in one reading of all rows. The sums of the compatible families only if they are wanted.
MetricTotals metric_totals(const Snapshot& snapshot, bool compatible);

using UseBriefTotal = std::function<void(const BriefTotal&)>;

/// The total of each topic, by name.
void each_topic_total(const Snapshot& snapshot, const UseBriefTotal& use);

/// What each process holds of each pair, by names; also what nobody known holds. Valid during the call.
void each_process_total(const Snapshot& snapshot, const UseBriefTotal& use);

}  // namespace rmqlag::internal
