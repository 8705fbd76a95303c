// judge.h: from what a pass has gathered to what may be said: the truth rules about pairs. Private; used by collector.cc. Pure.
// The rules in words, with their reasons: docs/design.md, "Truth rules".
#pragma once

#include "pass.h"

namespace rmqlag::internal {

/// The rows, unknowns, skipped pairs, facts, brokers and outcome of a pass. What the pass cost and where it was is left to the caller.
/// `pass` is used up, except that its memory now holds what the next pass needs.
Snapshot judge(Pass& pass, Wall now);

}  // namespace rmqlag::internal
