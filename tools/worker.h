// worker.h: a thread for what takes longer than those who answer requests may: one task after the other. Used by serve and by basic_auth.h.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace rmqlag::tools {

/// Thread-safe. The thread begins with the first task. A task may post another one, and may not throw.
class Worker {
 public:
  explicit Worker(std::size_t most_waiting) : most_waiting_(most_waiting) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// False where too many tasks wait already, and after `stop`: then it is not taken.
  [[nodiscard]] bool post(std::function<void()> task);

  /// Waits for the task under way; those that wait are thrown away. Not to be called by a task.
  void stop();

 private:
  void run(const std::stop_token& stop);

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable_any posted_;
  // Guarded by mutex_:
  std::deque<std::function<void()>> tasks_;
  bool stopped_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace rmqlag::tools
