// gate.cc: may the deployment go on? Compares the lag of every (topic, group) with a limit; the exit code is the answer.
// Usage: gate URL|RECORDING.har LIMIT
// Exit code: 0 all within the limit, 2 some above it, 3 not known (what could not be read is never "no lag"), 1 wrong usage.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string_view>

#include "open_source.h"

namespace {

enum ExitCode : int { within = 0, usage = 1, above = 2, not_known = 3 };

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A group that does not subscribe a topic is told as unknown, too, but is no reason to worry.
bool worries(const rmqlag::Unknown& unknown) { return unknown.reason != rmqlag::Reason::not_subscribed; }

ExitCode judge(const rmqlag::Snapshot& snapshot, std::int64_t limit) {
  const rmqlag::Names& names = *snapshot.names;
  bool some_above = false;
  for (const rmqlag::Total& total : rmqlag::aggregate(snapshot, rmqlag::by::topic | rmqlag::by::group)) {
    if (total.lag <= limit) continue;
    std::cout << names[total.group] << " on " << names[total.topic] << ": " << total.lag << " messages behind\n";
    some_above = true;
  }
  for (const rmqlag::Unknown& unknown : snapshot.unknown) {
    if (worries(unknown)) std::cout << names[unknown.group] << " on " << names[unknown.topic] << ": not known: " << unknown.message << '\n';
  }
  if (some_above) return above;
  const bool all_known = snapshot.outcome == rmqlag::Outcome::complete && std::ranges::none_of(snapshot.unknown, worries);
  return all_known ? within : not_known;
}

}  // namespace

int main(int argc, char* argv[]) {
  const auto limit = argc == 3 ? number(argv[2]) : std::nullopt;
  if (!limit) {
    std::cerr << "usage: gate URL|RECORDING.har LIMIT\n";
    return usage;
  }
  const auto source = open_source(argv[1]);
  if (!source) {
    std::cerr << "gate: " << source.error().message << '\n';
    return not_known;
  }
  return judge(*(*source)->collect({}), *limit);
}
