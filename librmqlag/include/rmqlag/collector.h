// collector.h: one collection, sans I/O: everything that is decided while the console is read is decided here.
// Used by ConsoleSource (source.h), whose loop joins it to a transport; an agent with an event loop of its own drives it itself:
// ask `next`, do what it says, hand over `answer`, until it says Done; then `finish`.
// The rules it keeps (what unknown means, what is carried over, who is asked how often): docs/design.md, "Truth rules".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "rmqlag/expected.h"
#include "rmqlag/filter.h"
#include "rmqlag/http.h"
#include "rmqlag/lag.h"
#include "rmqlag/session.h"

namespace rmqlag {

struct CollectOptions {
  NameFilter topics;  ///< literal topics skip the topic list
  NameFilter groups;  ///< literal groups (with all topics) ask the console group by group
  bool retry_topics = true;   ///< "%RETRY%..."
  bool dlq_topics = false;    ///< depth of "%DLQ%..."
  bool ask_members = false;   ///< serve: look for duplicate client ids in partly unowned groups, in turn
  int concurrency = 0;        ///< requests in flight, 1 to 8; 0 = 4, or 1 on G0
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds stale_after{300'000};  ///< carried-over rows end after that
  std::string namesrv;        ///< the NameServer the console must be on; "" = any
  /// Several collectors share one installation: this one reads the topics that fall to shard `shard` (from 1) of `shards`.
  /// A topic's shard depends on its name alone, and few topics move when the number of shards changes.
  int shard = 1, shards = 1;

  bool operator==(const CollectOptions&) const = default;
};

/// Make this request, and hand its end to `answer` under this id.
struct Send {
  std::uint64_t id = 0;
  HttpRequest request;
  std::chrono::milliseconds timeout{};
};
/// Nothing to send before an answer comes or this instant has.
struct WaitUntil {
  Steady until;
};
/// The collection is over: call `finish`.
struct Done {};

/// The slots that abandoned requests still hold at the console (truth rule 16): kept by the source from pass to pass.
struct HeldSlots {
  std::vector<Steady> until;
  bool one_at_a_time = false;  ///< after two time-outs in a row
  int timeouts_in_a_row = 0;
};

/// One object a pass. Not thread-safe.
class RMQLAG_EXPORT Collector {
 public:
  /// `session`, `slots` and `options` must outlive the collector. `previous`: the snapshot of the pass before, or null.
  Collector(Session& session, HeldSlots& slots, const CollectOptions& options,
            std::shared_ptr<const Snapshot> previous, Steady deadline, Now now);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  std::variant<Send, WaitUntil, Done> next(Now now);
  /// The end of a request. Ids that are not under way are ignored.
  void answer(std::uint64_t id, Expected<HttpResponse> result, Now now);
  /// May be called at any time, once: what is missing is unknown (`deadline`).
  std::shared_ptr<const Snapshot> finish(Now now) &&;

  /// Topics answered or failed, and topics in scope, so far.
  int done() const;
  int of() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rmqlag
