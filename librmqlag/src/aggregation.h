// aggregation.h: several group-bys of a snapshot in one reading of its rows. Private; used by metrics.cc. For one there is aggregate.h.
#pragma once

#include <span>
#include <vector>

#include "rmqlag/aggregate.h"

namespace rmqlag::internal {

/// For each set of dimensions what `aggregate` gives. Much cheaper than one after the other where none of the sets has the queue: neighbouring
/// rows of one broker and owner are summed up once.
std::vector<std::vector<Total>> aggregate_each(const Snapshot& snapshot, std::span<const unsigned> dimension_sets);

}  // namespace rmqlag::internal
