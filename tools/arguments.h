// arguments.h: from the command line and the environment to a command and its settings. Used by main.
// The one place of cxxopts is arguments.cc, and its exceptions end there. Read on in flags.h for the flags themselves.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flags.h"
#include "precedence.h"
#include "rmqlag/expected.h"
#include "settings.h"

namespace rmqlag::tools {

/// Either a command to run, or a text to show.
struct Arguments {
  std::optional<Command> command;
  Settings settings;
  std::string text;  ///< help or version, where there is no command
};

/// `arguments` without the program's name. Where values come from beside them: precedence.h.
/// Errors: one line that names the flag (variable, line of the configuration file), says what is wrong with it, and how it is right.
Expected<Arguments> parse_arguments(std::span<const char* const> arguments, const Environment& environment);

}  // namespace rmqlag::tools
