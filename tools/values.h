// values.h: the texts that flags take, as typed values. Pure (but read_secret), total on any text.
// Used by the table of flags.h. Every error is `invalid_argument` and quotes the text: "'5x' is not a duration (examples: 30s, 1m30s)".
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_server.h"
#include "rmqlag/expected.h"
#include "rmqlag/http.h"
#include "rmqlag/metrics.h"

namespace rmqlag::tools {

/// "30s", "500ms", "1m30s", "5m", "2h", "1d", "0"; at most a year.
Expected<std::chrono::milliseconds> parse_duration(std::string_view text);

/// A whole number from `least` to `most`.
Expected<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most);

/// "on" or "off"; "true" and "false" too, for environments.
Expected<bool> parse_on_off(std::string_view text);

/// "host:port", ":port", "[::1]:port".
Expected<ListenAddress> parse_listen_address(std::string_view text);

/// "Name: value".
Expected<Header> parse_header(std::string_view text);

/// "compatible,own,queues", any of them, into the three switches of `options`.
Expected<MetricOptions> parse_metric_sets(std::string_view text, MetricOptions options);

/// The first line of a small file: a password, or "user:password".
Expected<std::string> read_secret(std::string_view file);

/// The items of a comma list without blanks around them; empty ones are left out.
std::vector<std::string> split_list(std::string_view text);

Error invalid(std::string message);
std::string quoted(std::string_view text);

/// One of the words there are.
template <class T>
Expected<T> parse_choice(std::string_view text, std::initializer_list<std::pair<std::string_view, T>> choices) {
  std::string words;
  for (const auto& [word, value] : choices) {
    if (word == text) return value;
    words += words.empty() ? "" : ", ";
    words += word;
  }
  return invalid(quoted(text) + " is none of " + words);
}

}  // namespace rmqlag::tools
