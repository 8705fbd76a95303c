// source.h: where snapshots come from. The start for everyone who wants the lag: make a source, call `collect`.
// Used by the program and by agents. The console is one source; a later one may speak to brokers directly.
// Read on in lag.h for what comes out.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "rmqlag/collector.h"
#include "rmqlag/console.h"
#include "rmqlag/expected.h"
#include "rmqlag/http.h"
#include "rmqlag/lag.h"

namespace rmqlag {

/// One call of `collect`.
struct Collect {
  Steady deadline = Steady::max();           ///< on the transport's clock; what is not read by then is unknown
  std::shared_ptr<const Snapshot> previous;  ///< of the same source; null the first time
  std::function<void(int done, int of)> progress;  ///< topics; called on the caller's thread; may be empty
  std::stop_token stop;                      ///< ends the collection early: what is missing is unknown (`deadline`)
};

/// One call at a time; no threads of its own.
class RMQLAG_EXPORT Source {
 public:
  virtual ~Source();
  /// Always a snapshot, never null: its `outcome` tells how it went, its `unknown` and `failures` what is missing.
  virtual std::shared_ptr<const Snapshot> collect(const Collect& how) = 0;
};

/// A source that reads a RocketMQ console.
/// Error `invalid_argument`: an option out of its range; the message names it.
RMQLAG_EXPORT Expected<std::unique_ptr<Source>> make_console_source(FinalConsoleConfig config, CollectOptions options,
                                                                    std::shared_ptr<HttpTransport> transport);

}  // namespace rmqlag
