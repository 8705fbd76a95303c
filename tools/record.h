// record.h: the command `record`: saves the console's answers as a HAR file. Used by main.
#pragma once

#include "settings.h"

namespace rmqlag::tools {

/// Returns the exit code. The file appears under its name when it is finished; until then it is "<name>.partial".
int record(const Settings& settings);

}  // namespace rmqlag::tools
