// pass.h: what one collection has gathered, before it is judged. Private; filled by collector.cc, read by judge.cc.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "name_table.h"
#include "rmqlag/collector.h"
#include "rmqlag/lag.h"
#include "topic_reader.h"

namespace rmqlag {

/// What is known about a consumer group beside its lag.
struct GroupKnowledge {
  bool listed = false;  ///< in the last group list
  std::optional<std::int64_t> members;
  std::optional<bool> broadcast;
  std::vector<std::string> addresses;        ///< of the brokers that know the group
  std::optional<Wall> asked;                 ///< when group.query last answered...
  bool exists = false;                       ///< ... and whether it knew the group
  std::optional<Wall> subscription_read;     ///< when the connections were last read...
  std::vector<NameId> subscription;          ///< ... and the topics that the group's clients subscribe
  std::optional<Wall> connection_asked;
  std::optional<std::int64_t> duplicate_client_ids;
  std::optional<Wall> ghost_since;
};

/// What one pass hands to the next, beside the snapshot's visible parts. Immutable once sealed into a snapshot.
struct SnapshotMemory {
  CollectOptions options;               ///< what is remembered counts for these only
  std::string namesrv;                  ///< the one the last pass began with
  std::string namesrv_seen;             ///< the last one seen
  std::vector<std::string> topic_list;  ///< as last read, system topics left out
  std::map<NameId, GroupKnowledge> groups;
  std::optional<Wall> facts_refused;    ///< when the console last said that this user may not ask about groups
  std::vector<std::string> master_addresses;
  std::map<std::pair<NameId, NameId>, int> missing_brokers;  ///< (topic, broker): complete passes without its rows
  std::map<NameId, Wall> brokers_seen;  ///< when rows of it were last read
  std::set<NameId> brokers_down;
  std::set<NameId> unlisted_groups;     ///< read by group, since no topic lists them
  std::map<NameId, Wall> dead_letters_read;
};

namespace internal {

/// A topic in scope, and how far it is.
struct TopicState {
  enum class State : std::uint8_t { pending, read, failed };
  NameId topic = 0;
  State state = State::pending;
  Reason reason = Reason::deadline;  // failed
  std::string message;
  Wall read_at{};
  Readings groups;                   // read
};

/// A group that was asked for by itself, because no topic lists it or because the user named it.
struct GroupState {
  enum class State : std::uint8_t { pending, read, failed };
  State state = State::pending;
  Reason reason = Reason::deadline;
  std::string message;
  Wall read_at{};
  Readings topics;  // read
};

struct Pass {
  const CollectOptions& options;
  std::shared_ptr<const Snapshot> previous;  ///< null where there is none, or where nothing may be taken from it
  NameTable names;
  std::shared_ptr<SnapshotMemory> memory;    ///< begins as a copy of the previous one
  std::uint64_t number = 1;
  Wall started{};

  std::vector<TopicState> topics;
  std::map<NameId, GroupState> groups_asked;
  bool topic_list_fresh = false;    ///< read in this pass, or not needed
  bool by_group = false;            ///< literal groups: no topic is asked
  bool namesrv_changed = false;     ///< within this pass
  bool unlisted_judged = false;     ///< truth rule 13 could be applied
  std::vector<NameId> unlisted_broadcast;  ///< groups under no topic that broadcast
  std::optional<Failure> ended_early;      ///< why the pass stopped before it was through; none for the deadline
  std::vector<Failure> failures;
  std::vector<DlqDepth> dead_letters;

  bool every_topic_read() const {
    for (const TopicState& topic : topics)
      if (topic.state != TopicState::State::read) return false;
    return true;
  }
};

/// How long facts about groups count.
inline constexpr std::chrono::minutes facts_last{10};
inline constexpr std::chrono::hours ghost_verdict_lasts{1};

inline bool is_recent(const std::optional<Wall>& when, Wall now, std::chrono::milliseconds age) { return when && now - *when < age; }

}  // namespace internal
}  // namespace rmqlag
