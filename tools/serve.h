// serve.h: the command `serve`: collects, in the background or when it is scraped, and answers scrapes. Used by main.
#pragma once

#include <functional>

#include "rmqlag/expected.h"
#include "settings.h"

namespace rmqlag::tools {

/// Reads the same command line again, and with it the configuration file of now.
using SettingsReader = std::function<Expected<Settings>()>;

/// Runs until SIGINT or SIGTERM; SIGHUP: `read_again`. Returns the exit code.
int serve(const Settings& settings, const SettingsReader& read_again);

}  // namespace rmqlag::tools
