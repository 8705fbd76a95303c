// interrupt.h: SIGINT and SIGTERM as a std::stop_token, SIGHUP as a wake-up. Used by every command that takes time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>

namespace rmqlag::tools {

/// What SIGHUP does meanwhile.
enum class Hangup : bool {
  ends,   ///< the process, as it does by itself
  wakes,  ///< `wait`
};

/// From its making to its end, SIGINT and SIGTERM request a stop instead of ending the process. To be made before any other thread:
/// they must not be delivered there. A thread waits for them, because a signal handler may not request a stop.
class Interrupt {
 public:
  explicit Interrupt(Hangup hangup = Hangup::ends);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }
  /// Returns when a signal has come: true after SIGHUP, false when it is to stop. Several SIGHUPs may count as one.
  bool wait();

 private:
  void listen();

  std::stop_source stop_;
  sigset_t signals_{};
  sigset_t mask_before_{};
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool hung_up_ = false;  // guarded by mutex_
  bool ending_ = false;   // guarded by mutex_
  std::thread listener_;
};

/// Waits for a while, or until a stop is requested; true if the time has passed.
bool sleep_unless(std::stop_token stop, std::chrono::steady_clock::duration time);

}  // namespace rmqlag::tools
