// precedence.h: where each setting comes from: its flag, else the environment, else the configuration file, else the default.
// Used by arguments.h, which reads the command line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flags.h"
#include "rmqlag/expected.h"
#include "settings.h"

namespace rmqlag::tools {

/// What a variable holds; "" where it is not set. (An empty variable counts as not set.)
using Environment = std::function<std::string(std::string_view name)>;

/// The values of each flag that was given on the command line, in order.
using Given = std::map<std::string_view, std::vector<std::string>, std::less<>>;

/// Reads the configuration file, too, if one is named. Errors: `invalid_argument`, naming the flag or variable, or the line of the file;
/// those of config_file.h.
Expected<Settings> settings_for(Command command, const Given& given, const Environment& environment);

}  // namespace rmqlag::tools
