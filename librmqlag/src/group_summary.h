// group_summary.h: what the rows of one pass show of each group as a whole. Private; used to decide which facts are asked for
// (collector.cc) and what they mean (judge.cc), so that both see the same.
#pragma once

#include <unordered_map>

#include "pass.h"

namespace rmqlag::internal {

struct GroupSummary {
  bool owned = false;             ///< a row has an owner
  bool unowned = false;           ///< a row has none
  bool counts = false;            ///< a row's broker offset is above 0...
  bool consumed = false;          ///< ... and a consumer offset among those, too
  bool empty = false;             ///< a pair came without queues
  bool under_topic = false;       ///< a topic that is not a retry topic lists it
  bool read_under_topic = false;  ///< ... and with rows
  bool ghost_suspect = false;     ///< named like its topic, with nothing but zeros or nothing at all

  /// Every offset is 0: a group that broadcasts looks like this, and so does one that never committed.
  bool all_zero() const { return counts && !consumed; }
};

std::unordered_map<NameId, GroupSummary> summarize(const Pass& pass);

/// A group named like the topic, all of whose rows are unowned and at offset 0 (truth rule 11).
bool looks_like_ghost(NameId topic, const Reading& reading);

/// Whether the console has told how the group consumes, even if the answer was "nobody is online".
bool model_known(const Pass& pass, NameId group, Wall now);

}  // namespace rmqlag::internal
