// dump.h: the command `dump`: reads everything once and prints it. Used by main.
#pragma once

#include "settings.h"

namespace rmqlag::tools {

/// Returns the exit code. Whatever happens, standard output gets everything or nothing.
int dump(const Settings& settings);

}  // namespace rmqlag::tools
