// report.cc: words and dimensions that all writers share (report.h).
#include "report.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "utf8.h"

namespace rmqlag::internal {
namespace {

constexpr std::array<std::string_view, reason_count> reason_words{
    "the deadline came first",
    "no answer in time",
    "the connection was refused",
    "the connection broke",
    "TLS failed",
    "the host name has no address",
    "the answer is too large",
    "the answer is not the JSON that was due",
    "the console answered with an error",
    "no permission",
    "a login is needed",
    "the console returned no queues",
    "the group does not subscribe the topic",
    "it may be a broadcast group, whose offsets mean nothing",
    "it may be a group that does not exist",
    "the group is online, but no topic lists it",
    "a broker's queues are gone from the answers",
    "the console was switched to another NameServer",
    "the console was overloaded",
    "the recording has no such answer",
};

constexpr std::array<std::string_view, 6> generation_names{
    "console 1.0", "console-ng 2.0", "dashboard 1.0", "dashboard 2.0", "dashboard 2.1", "dashboard 2.1",
};

/// "G3" -> 3.
std::optional<std::size_t> generation_number(std::string_view text) {
  if (text.size() != 2 || text[0] != 'G' || text[1] < '0' || text[1] > '5') return std::nullopt;
  return static_cast<std::size_t>(text[1] - '0');
}

bool between(char c, unsigned low, unsigned high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

/// How many bytes the unprintable character takes that valid UTF-8 `text` begins with; 0 if it begins with another.
std::size_t unprintable_length(std::string_view text) {
  if (between(text[0], 0x00, 0x1F) || text[0] == '\x7F') return 1;
  if (text.starts_with("\xC2") && between(text[1], 0x80, 0x9F)) return 2;      // C1: U+0080 to U+009F, CSI among them
  if (text.starts_with("\xE2\x80") && between(text[2], 0xA8, 0xAE)) return 3;  // U+2028 to U+202E
  if (text.starts_with("\xE2\x81") && between(text[2], 0xA6, 0xA9)) return 3;  // U+2066 to U+2069
  return 0;
}

}  // namespace

std::string_view words(Reason reason) { return reason_words[static_cast<std::size_t>(reason)]; }

std::string why(const Snapshot& snapshot, const Unknown& unknown, unsigned columns) {
  const Names& names = *snapshot.names;
  std::string out;
  if (unknown.topic != 0 && (columns & by::topic) == 0) append_part(out, "", "topic " + std::string(names[unknown.topic]));
  if (unknown.group != 0 && (columns & by::group) == 0) append_part(out, ", ", "group " + std::string(names[unknown.group]));
  append_part(out, ": ", unknown.message.empty() ? words(unknown.reason) : unknown.message);
  return out;
}

std::string what_failed(const Failure& failure) {
  return failure.target + " failed: " + (failure.message.empty() ? std::string(words(failure.reason)) : failure.message);
}

std::string caveats(const Total& total) {
  std::string out;
  if (total.incomplete) append_part(out, "; ", "fewer queues than other groups of this topic: some may be missing");
  if (total.saturated) append_part(out, "; ", "a sum beyond 64 bits: held at the end of their range");
  return out;
}

std::string generation_words(std::string_view generation) {
  const std::size_t dash = generation.find('-');
  const auto first = generation_number(generation.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : generation_number(generation.substr(dash + 1));
  if (!first || !last || *first > *last) return std::string(generation);

  const std::string low(generation_names[*first]), high(generation_names[*last]);
  if (low == high) return low;
  const bool neighbours = std::all_of(generation_names.begin() + static_cast<std::ptrdiff_t>(*first),
                                      generation_names.begin() + static_cast<std::ptrdiff_t>(*last),
                                      [&](std::string_view name) { return name == low || name == high; });
  return low + (neighbours ? " or " : " to ") + high;
}

std::string printable(std::string_view text) {
  std::string valid;
  append_utf8(valid, text);
  std::string out;
  for (std::size_t at = 0; at < valid.size();) {
    const std::size_t unprintable = unprintable_length(std::string_view(valid).substr(at));
    if (unprintable == 0) {
      out += valid[at++];
    } else {
      out += "\uFFFD";
      at += unprintable;
    }
  }
  return out;
}

void append_part(std::string& out, std::string_view separator, std::string_view part) {
  if (!out.empty() && !part.empty()) out += separator;
  out += part;
}

}  // namespace rmqlag::internal
