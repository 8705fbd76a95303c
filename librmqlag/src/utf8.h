// utf8.h: checking and repairing UTF-8. Private; used by every writer of text.
#pragma once

#include <string>
#include <string_view>

namespace rmqlag::internal {

/// True if `text` is valid UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

/// Appends `text`; what is invalid becomes U+FFFD, one for each maximal part of a sequence, as Unicode recommends: a stray byte, or a
/// sequence that was cut short.
void append_utf8(std::string& out, std::string_view text);

/// How many terminal columns the text takes: 2 for wide (CJK, emoji) characters, 0 for combining ones; control characters and
/// each invalid part count 1.
std::size_t display_width(std::string_view text);

}  // namespace rmqlag::internal
