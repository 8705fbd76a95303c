// exit_code.h: how the program ends. The same for every command but check (check.h). Used by main and by every command.
#pragma once

namespace rmqlag::tools::exit_code {

inline constexpr int done = 0;
inline constexpr int usage = 1;         ///< the command line, the environment or a file they name is wrong
inline constexpr int nothing_read = 2;  ///< nothing could be read
inline constexpr int partly_read = 3;   ///< with --fail-on-partial
inline constexpr int not_written = 4;   ///< the output could not be written
inline constexpr int interrupted = 130;

inline constexpr int not_ready = 1;  ///< ready

}  // namespace rmqlag::tools::exit_code
