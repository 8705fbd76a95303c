// values.cc: the texts that flags take, as typed values (values.h).
#include "values.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <system_error>

namespace rmqlag::tools {
namespace {

constexpr std::chrono::milliseconds longest_duration = std::chrono::hours(24 * 365);
constexpr std::size_t longest_secret = 4096;

/// Takes leading digits from `text`; none where there are none, or too many.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<std::chrono::milliseconds> take_unit(std::string_view& text) {
  static constexpr std::array<std::pair<std::string_view, std::chrono::milliseconds>, 5> units{{
      {"ms", std::chrono::milliseconds(1)},  // before "m"
      {"s", std::chrono::seconds(1)},
      {"m", std::chrono::minutes(1)},
      {"h", std::chrono::hours(1)},
      {"d", std::chrono::hours(24)},
  }};
  for (const auto& [name, length] : units) {
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    return length;
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

Error invalid(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }

Expected<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  const auto error = [text] { return invalid(quoted(text) + " is not a duration (examples: 30s, 1m30s)"); };
  if (text.empty()) return error();
  std::chrono::milliseconds sum{0};
  for (std::string_view rest = text; !rest.empty();) {
    const auto number = take_number(rest);
    if (!number) return error();
    const auto unit = take_unit(rest);
    if (!unit) return error();
    if (*number > longest_duration / *unit) return invalid(quoted(text) + " is longer than a year");
    sum += *number * *unit;
    if (sum > longest_duration) return invalid(quoted(text) + " is longer than a year");
  }
  return sum;
}

Expected<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (number && rest.empty() && *number >= least && *number <= most) return *number;
  std::string range = most == INT64_MAX ? "a whole number, " + std::to_string(least) + " or more"
                                        : "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  return invalid(quoted(text) + " is not " + range);
}

Expected<bool> parse_on_off(std::string_view text) {
  if (text == "on" || text == "true") return true;
  if (text == "off" || text == "false") return false;
  return invalid(quoted(text) + " is neither on nor off");
}

Expected<ListenAddress> parse_listen_address(std::string_view text) {
  const auto error = [text] {
    return invalid(quoted(text) + " is not an address to listen on (examples: :9776, 127.0.0.1:9776, [::1]:9776)");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return error();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return error();
  } else if (host.find_first_of(":[] /") != std::string_view::npos) {
    return error();
  }
  const auto port = parse_number(text.substr(colon + 1), 0, 65535);
  if (!port) return error();
  return ListenAddress{std::string(host), static_cast<std::uint16_t>(*port)};
}

Expected<Header> parse_header(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return invalid("a header is written 'Name: value'");  // its value may be a secret
  return Header{std::string(trim(text.substr(0, colon))), std::string(trim(text.substr(colon + 1)))};
}

Expected<MetricOptions> parse_metric_sets(std::string_view text, MetricOptions options) {
  options.compatible = options.own = options.queues = false;
  for (const std::string& word : split_list(text)) {
    const auto set =
        parse_choice<MetricSet>(word, {{"compatible", MetricSet::compatible}, {"own", MetricSet::own}, {"queues", MetricSet::queues}});
    if (!set) return set.error();
    (*set == MetricSet::compatible ? options.compatible : *set == MetricSet::own ? options.own : options.queues) = true;
  }
  return options;
}

Expected<std::string> read_secret(std::string_view file) {
  const std::string name(file);
  std::ifstream in(name, std::ios::binary);
  std::string line;
  if (!in) return invalid("cannot read " + quoted(file) + ": " + std::generic_category().message(errno));
  std::getline(in, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (in.bad()) return invalid("cannot read " + quoted(file));
  if (line.empty()) return invalid("the first line of " + quoted(file) + " is empty");
  if (line.size() > longest_secret) return invalid("the first line of " + quoted(file) + " is too long for a password");
  return line;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto item = trim(text.substr(begin, end - begin));
    if (!item.empty()) items.emplace_back(item);
    begin = end + 1;
  }
  return items;
}

}  // namespace rmqlag::tools
