// suggestion.h: what somebody may have meant who wrote a word that there is not. Pure. Used by arguments.h and yaml_file.h.
#pragma once

#include <span>
#include <string_view>

namespace rmqlag::tools {

/// The candidate most like `word`, or "" where none is.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace rmqlag::tools
