// standard_output.h: text to standard output. Used by main and dump.
#pragma once

#include <string_view>

#include "output_file.h"

namespace rmqlag::tools {

/// Writes all of `text`. False where it could not: says why, unless the reader has merely gone (`rmqlag dump | head`).
[[nodiscard]] bool print(std::string_view text);
/// The same for what `write` writes.
[[nodiscard]] bool print(const Writing& write);

/// Takes the places of standard streams that are closed, so that no socket or file gets their numbers. To be called first.
void hold_standard_streams();

}  // namespace rmqlag::tools
