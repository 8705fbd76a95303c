// lag_table.h: a snapshot as an aligned table for people. No stability promised: programs read lag_json.h or lag_csv.h.
// Used by dump. Pure; the time zone is the caller's choice.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "rmqlag/aggregate.h"
#include "rmqlag/export.h"

namespace rmqlag {

struct TableOptions {
  Selection selection{};
  bool colour = false;  ///< ANSI colours
  /// Minutes east of UTC for an instant; empty = UTC. (The library reads no environment, so also no TZ.)
  std::function<std::chrono::minutes(Wall)> utc_offset{};
};

/// The table, then what is not known, then a summary and where it comes from. `top` and `min_lag` never hide what is unknown.
RMQLAG_EXPORT std::string lag_table(const Snapshot& snapshot, const TableOptions& options);

}  // namespace rmqlag
