// ready.h: the command `ready`: asks a running serve whether it is ready, as container health checks do. Used by main.
#pragma once

#include "settings.h"

namespace rmqlag::tools {

/// 0 if it is; otherwise 1, and one line says why.
int ready(const Settings& settings);

}  // namespace rmqlag::tools
