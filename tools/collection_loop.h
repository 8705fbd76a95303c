// collection_loop.h: reads a source on a thread of its own: again and again, or when it is asked to. Used by serve.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "log.h"
#include "rmqlag/lag.h"
#include "rmqlag/source.h"
#include "source_setup.h"

namespace rmqlag::tools {

struct Pace {
  std::chrono::milliseconds interval{};  ///< 0 = only when asked
  std::chrono::milliseconds deadline{};  ///< of a pass that nobody asked for; never longer than the interval
};

/// Begins with `start`, ends with `stop` or its own end. `latest` and `ask` may be called from any thread.
class CollectionLoop {
 public:
  /// Null where no pass has ended yet.
  using Taker = std::function<void(std::shared_ptr<const Snapshot>)>;

  /// `name` stands in the log.
  CollectionLoop(std::string name, Connection connection, std::unique_ptr<Source> source, Pace pace, Log& log);
  ~CollectionLoop();
  CollectionLoop(const CollectionLoop&) = delete;
  CollectionLoop& operator=(const CollectionLoop&) = delete;

  /// `previous`: the last snapshot of the same source, if there was one before. `after_each`: is given each snapshot, on the loop's thread,
  /// once everybody has it.
  void start(std::shared_ptr<const Snapshot> previous, Taker after_each = {});
  /// Ends a pass that is under way, too; its snapshot is thrown away. Whoever waits is given the last one.
  void stop();

  /// The last snapshot; null until the first pass has ended, however it went.
  std::shared_ptr<const Snapshot> latest() const;

  /// Gives `take` the next snapshot, on the loop's thread. All who ask while a pass is under way share it. The pass ends when the first
  /// one's `time` is over; whoever has not so long is given the last snapshot at once, on his own thread.
  void ask(std::chrono::milliseconds time, Taker take);

 private:
  void run(const std::stop_token& stop);
  /// Waits until a pass is due. Its deadline; none when it is time to stop.
  std::optional<Steady> next_pass(const std::stop_token& stop);
  void publish(const std::shared_ptr<const Snapshot>& snapshot);
  void report(const Snapshot& snapshot);

  const std::string name_;
  const Connection connection_;
  const std::unique_ptr<Source> source_;
  const Pace pace_;
  Log& log_;
  // Of the loop's thread alone:
  std::minstd_rand random_{std::random_device{}()};
  Taker after_each_;
  Steady due_{};       // when the next pass begins that nobody asks for
  std::string state_;  // the last that was logged

  mutable std::mutex mutex_;
  std::condition_variable_any asked_;
  // Guarded by mutex_:
  std::shared_ptr<const Snapshot> latest_;
  std::optional<Steady> deadline_;  // of the pass that is under way or asked for
  std::vector<Taker> takers_;       // who wait for it
  bool running_ = false;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace rmqlag::tools
