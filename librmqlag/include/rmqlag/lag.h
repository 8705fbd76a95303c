// lag.h: the table. One Snapshot holds what one collection read, what it could not read, and what it cost.
// Made by a Source (source.h) or the Collector (collector.h); read by aggregate.h, metrics.h and all writers.
// A snapshot is immutable once made and may be shared freely between threads.
//
// Words: a *queue* is (topic, broker, queue id); a *pair* is (topic, consumer group), the unit that is read, unknown or carried over;
// *diff* = broker offset - consumer offset, in messages, may be negative; *lag* = diff, a negative one counted as 0;
// *carried over* are rows of an earlier collection that stand in for a pair that is unknown now.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/error.h"
#include "rmqlag/export.h"
#include "rmqlag/http.h"

namespace rmqlag {

/// Stands for a name within a table of names. 0 = absent. Ids of one source stay valid from snapshot to snapshot.
using NameId = std::uint32_t;

/// An interned set of names. Copying shares nothing and keeps all ids.
class RMQLAG_EXPORT Names {
 public:
  Names();
  Names(const Names&);
  Names& operator=(const Names&) = delete;
  ~Names();

  /// The id of `name`, made if need be. The empty name is 0.
  NameId intern(std::string_view name);
  /// The id of `name`, or 0 where the table has none.
  NameId find(std::string_view name) const;
  /// The text; "" for 0 and for ids of other tables. Valid as long as the table.
  std::string_view operator[](NameId id) const { return id < texts_.size() ? texts_[id] : std::string_view(""); }
  /// How many ids there are, with 0: every id is smaller.
  std::size_t size() const { return texts_.size(); }

 private:
  struct Index;
  std::vector<std::string_view> texts_;  // by id
  std::unique_ptr<Index> index_;         // from text to id
};

/// Why something is unknown. A closed list: it is a label value (docs/metrics.md). Where several apply, the first in this order is told.
enum class Reason : std::uint8_t {
  deadline,         ///< the collection's deadline came first
  timeout,
  refused,
  reset,
  tls,
  dns,
  too_large,
  bad_answer,       ///< not the JSON that was due
  status_error,     ///< the console said no
  no_permission,
  login_lost,
  empty,            ///< the console returned the group without queues, which it also does when it could not read them
  not_subscribed,   ///< as `empty`, but the group does not subscribe the topic: told, no alarm
  model_unknown,    ///< may be a broadcast group, whose offsets mean nothing
  ghost_suspect,    ///< may be a group that does not exist (brokers 5.3.3 register topic names)
  not_listed,       ///< the group is online, but no topic lists it
  broker_missing,   ///< a broker's queues are gone from the answers; its last rows stand
  namesrv_changed,  ///< the console was switched to another NameServer
  overloaded,       ///< the console's pool of connections was exhausted
  not_recorded,     ///< the recording has no such answer
};
inline constexpr std::size_t reason_count = 20;

RMQLAG_EXPORT std::string_view to_string(Reason reason);
/// The reason that an error is told as: transport codes by kind (`cut_off` as reset), `cancelled` as deadline, everything about logins
/// as login_lost, the rest as bad_answer.
RMQLAG_EXPORT Reason reason_of(ErrorCode code);

/// Why a pair was left out on purpose.
enum class Skip : std::uint8_t { broadcast, ghost, filtered };
inline constexpr std::size_t skip_count = 3;
RMQLAG_EXPORT std::string_view to_string(Skip skip);

/// One queue of a pair.
struct Row {
  NameId broker = 0;
  NameId host = 0;     ///< of the owner; 0 = not known
  NameId process = 0;  ///< of the owner; 0 = not known
  std::int32_t queue = 0;
  std::int64_t broker_offset = 0;
  std::int64_t consumer_offset = 0;
  std::int64_t last_consumed_ms = 0;  ///< store time of the last consumed message; 0 = none or not known

  bool owned() const { return host != 0 || process != 0; }
};

/// broker offset - consumer offset, saturated at the ends of int64.
RMQLAG_EXPORT std::int64_t diff(const Row& row);

/// The rows of one group that were read together.
struct Part {
  NameId group = 0;
  Wall read_at{};          ///< when the answer arrived
  std::uint64_t pass = 0;  ///< the collection that read it: not the snapshot's own = carried over
  std::uint32_t first = 0, count = 0;  ///< in TopicBlock::rows
  bool incomplete = false;             ///< fewer queues than another group of this topic shows
};

/// All rows of a topic: parts sorted by (group name, newest reading first), each part's rows by (broker name, queue).
/// Immutable and shared between snapshots. A group has two parts where some of its rows are carried over.
struct TopicBlock {
  NameId topic = 0;
  std::vector<Part> parts;
  std::vector<Row> rows;
};

/// What could not be read. `group` 0: the whole topic. `topic` 0: a group under no topic. At most one for a pair.
struct Unknown {
  NameId topic = 0, group = 0;
  Reason reason{};
  std::string message;  ///< one line for people
};

struct Skipped {
  NameId topic = 0, group = 0;  ///< topic 0: the group, wherever it is
  Skip reason{};
};

/// What went wrong beside the pairs: the topic list, the NameServer check, the login.
struct Failure {
  std::string target;  ///< "topic list", "login", ...
  Reason reason{};
  std::string message;
};

/// What is known about a group. Facts may be as old as ten minutes; none of them is lag.
struct GroupFacts {
  NameId group = 0;
  std::optional<std::int64_t> members;
  std::optional<bool> broadcast;
  std::optional<std::int64_t> duplicate_client_ids;  ///< none: not yet asked
};

/// A broker that this pass or an earlier one has seen (one that is gone is forgotten after a day).
struct BrokerState {
  NameId broker = 0;
  std::optional<bool> up;        ///< rows of it were read in this pass; none: no answer of this pass could tell
  std::int64_t regressions = 0;  ///< broker offsets seen going backwards, since the source began
};

/// Dead letters held for a group, on request.
struct DlqDepth {
  NameId group = 0;
  std::int64_t messages = 0;
};

enum class Outcome : std::uint8_t {
  complete,  ///< the topic list and every topic in scope answered, nothing unknown but not_subscribed and broker_missing
  partial,
  failed,    ///< nothing could be read
};
inline constexpr std::size_t outcome_count = 3;
RMQLAG_EXPORT std::string_view to_string(Outcome outcome);

/// What kind of request: the console's endpoints, for `Counters`.
enum class Endpoint : std::uint8_t {
  topic_list, consumers_by_topic, group_list, group, consumer_connection, topics_by_consumer,
  cluster_list, home_page, login_check, csrf_token, login, topic_stats, studio_probe,
};
inline constexpr std::size_t endpoint_count = 13;
RMQLAG_EXPORT std::string_view to_string(Endpoint endpoint);
/// How a request ended, for `Counters`.
enum class RequestResult : std::uint8_t { ok, refused_by_console, bad_answer, failed, timeout };
inline constexpr std::size_t request_result_count = 5;
RMQLAG_EXPORT std::string_view to_string(RequestResult result);

/// Since the source began; each snapshot holds the sums up to itself.
struct Counters {
  std::array<std::int64_t, outcome_count> collections{};
  std::array<std::array<std::int64_t, request_result_count>, endpoint_count> requests{};
  std::int64_t received_bytes = 0;
  std::int64_t namesrv_changes = 0;
};

/// Of this pass.
struct Cost {
  std::int64_t requests = 0, fact_requests = 0, bytes = 0;
  double seconds = 0;
};

struct SnapshotMemory;  // private to the collector

struct Snapshot {
  std::shared_ptr<const Names> names;                     ///< never null
  std::vector<std::shared_ptr<const TopicBlock>> blocks;  ///< by topic name; none null, none without rows
  std::vector<Unknown> unknown;    ///< by (topic name, group name)
  std::vector<Skipped> skipped;    ///< by (topic name, group name)
  std::vector<Failure> failures;
  std::vector<GroupFacts> groups;  ///< by name
  std::vector<BrokerState> brokers;  ///< by name
  std::vector<DlqDepth> dead_letters;  ///< by name; empty unless asked for
  std::int64_t topics_read = 0, topics_unknown = 0, topics_carried = 0;

  std::string url;         ///< of the console, without credentials
  std::string namesrv;     ///< "" = not known (before G3)
  std::string generation;  ///< "G4-G5"; "" = not known
  int shard = 1, shards = 1;  ///< which part of the topics this is: CollectOptions

  Outcome outcome = Outcome::failed;
  std::uint64_t pass = 0;  ///< counts from 1
  Wall started{}, ended{};
  std::optional<Wall> last_complete, topic_list_read, group_list_read;
  Cost cost;
  Counters counters;

  std::shared_ptr<const SnapshotMemory> memory;  ///< what the next pass needs to know; opaque

  bool carried(const Part& part) const { return part.pass != pass; }
};

}  // namespace rmqlag
