// time_text.h: instants as RFC 3339 text and back. Private; used by HAR and by the writers. No locale, no time zone database.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "rmqlag/http.h"

namespace rmqlag::internal {

/// "2026-11-22T12:57:34.885Z".
std::string rfc3339(Wall time);
/// Reads RFC 3339 / ISO 8601 with any fraction (cut to milliseconds) and "Z", "+hh:mm", "+hhmm" or no offset (then UTC); none if it is not one.
std::optional<Wall> parse_rfc3339(std::string_view text);

}  // namespace rmqlag::internal
