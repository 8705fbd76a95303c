// build_info.h: what the program was built from. Used by rmqlag_build_info. The revision is filled in when the program is built.
#pragma once

#include <string_view>

namespace rmqlag::tools {

/// The short commit, or "unknown" where there was no repository.
std::string_view build_revision();
/// "gcc 12.2.0".
std::string_view build_compiler();

}  // namespace rmqlag::tools
