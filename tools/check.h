// check.h: the command `check`: compares the lag with limits, for monitors of the Nagios family, for cron and for pipelines. Used by main.
// Whatever happens, standard output gets exactly one line, "STATUS - what is wrong | lag=12345;1000;10000", and the exit code says the
// same: 0 OK, 1 warning, 2 critical, 3 unknown.
#pragma once

#include <string>
#include <string_view>

#include "rmqlag/lag.h"
#include "settings.h"

namespace rmqlag::tools {

struct Verdict {
  int exit_code = 0;
  std::string line;  ///< without its newline
};

/// Pure. `asked`: what was to be read; a name that was asked for and is nowhere in the snapshot is unknown, too.
Verdict judge(const Snapshot& snapshot, const CheckLimits& limits, const CollectOptions& asked);

/// Returns the exit code.
int check(const Settings& settings);

/// Prints why nothing can be said, as one line of the same form. Returns the exit code.
int check_is_unknown(std::string_view why);

}  // namespace rmqlag::tools
