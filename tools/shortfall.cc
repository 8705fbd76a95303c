// shortfall.cc: what a snapshot lacks, in a few words (shortfall.h).
#include "shortfall.h"

namespace rmqlag::tools {
namespace {

std::string counted(std::int64_t count, const std::string& noun) {
  if (count == 0) return {};
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

std::string described(const Snapshot& snapshot, const Unknown& unknown) {
  const Names& names = *snapshot.names;
  std::string text;
  if (unknown.topic != 0) text += "topic " + std::string(names[unknown.topic]);
  if (unknown.topic != 0 && unknown.group != 0) text += ", ";
  if (unknown.group != 0) text += "group " + std::string(names[unknown.group]);
  return text + ": " + unknown.message;
}

}  // namespace

std::string Shortfall::text() const {
  const std::string what = counted(topics, "topic");
  const std::string rest = counted(pairs, "pair");
  std::string text = what + (what.empty() || rest.empty() ? "" : " and ") + rest;
  if (!text.empty()) text += topics + pairs == 1 ? " is not known" : " are not known";
  if (first.empty()) return text;
  return text.empty() ? first : text + " (" + first + ")";
}

Shortfall shortfall(const Snapshot& snapshot) {
  Shortfall result;
  if (!snapshot.failures.empty()) result.first = snapshot.failures.front().target + ": " + snapshot.failures.front().message;
  for (const Unknown& unknown : snapshot.unknown) {
    if (unknown.reason == Reason::not_subscribed) continue;
    ++(unknown.topic != 0 && unknown.group == 0 ? result.topics : result.pairs);
    if (result.first.empty()) result.first = described(snapshot, unknown);
  }
  return result;
}

}  // namespace rmqlag::tools
