// url.h: taking URLs apart and encoding their parts (RFC 3986). Private; used by the session, HAR and configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rmqlag::internal {

/// Percent-encodes everything but A-Z a-z 0-9 - . _ ~ : "%RETRY%g+t" -> "%25RETRY%25g%2Bt".
std::string percent_encode(std::string_view text);
/// Decodes %XX and, if `plus_is_space`, "+"; a % that begins no escape stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

/// The parts of an absolute http URL; views into it.
struct UrlParts {
  std::string_view scheme, user_info, host, port, path, query;  ///< host without brackets stripped: "[::1]"; path with its leading '/', query without '?'
  std::string_view fragment;
};
/// None where there is no "scheme://host".
std::optional<UrlParts> split_url(std::string_view url);

/// "a=1&b=%25" -> decoded pairs in order ("+" is a space).
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace rmqlag::internal
