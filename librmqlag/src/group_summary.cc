// group_summary.cc: what the rows of one pass show of each group (group_summary.h).
#include "group_summary.h"

#include "scope.h"

namespace rmqlag::internal {
namespace {

void add(GroupSummary& group, const Reading& reading, bool listed_by_topic, bool retry) {
  group.empty |= reading.empty();
  if (!retry) {
    group.under_topic |= listed_by_topic;
    group.read_under_topic |= !reading.empty();
  }
  group.owned |= reading.owned;
  group.unowned |= reading.unowned;
  group.counts |= reading.counts;
  group.consumed |= reading.consumed;
}

}  // namespace

bool looks_like_ghost(NameId topic, const Reading& reading) {
  return reading.name == topic && reading.all_at_zero && !reading.owned;
}

std::unordered_map<NameId, GroupSummary> summarize(const Pass& pass) {
  std::unordered_map<NameId, GroupSummary> groups;
  for (const TopicState& topic : pass.topics) {
    const bool retry = is_retry_topic(pass.names[topic.topic]);
    for (const Reading& reading : topic.groups.list) {
      GroupSummary& group = groups[reading.name];
      add(group, reading, true, retry);
      group.ghost_suspect |= looks_like_ghost(topic.topic, reading);
    }
  }
  for (const auto& [name, asked] : pass.groups_asked)
    for (const Reading& reading : asked.topics.list) add(groups[name], reading, false, is_retry_topic(pass.names[reading.name]));
  return groups;
}

bool model_known(const Pass& pass, NameId group, Wall now) {
  const auto known = pass.memory->groups.find(group);
  if (known == pass.memory->groups.end()) return false;
  return known->second.broadcast.has_value() || is_recent(known->second.asked, now, facts_last);
}

}  // namespace rmqlag::internal
