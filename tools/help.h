// help.h: help texts, made from the tables of flags.h. Used by arguments.h.
#pragma once

#include <string>

#include "flags.h"

namespace rmqlag::tools {

/// What `rmqlag` alone says: the commands, how to give a source, examples.
std::string short_help();

/// Everything about one command: its flags, examples and exit codes.
std::string command_help(const CommandInfo& command);

}  // namespace rmqlag::tools
