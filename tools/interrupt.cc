// interrupt.cc: SIGINT and SIGTERM as a std::stop_token, SIGHUP as a wake-up (interrupt.h).
#include "interrupt.h"

#include <pthread.h>

namespace rmqlag::tools {

Interrupt::Interrupt(Hangup hangup) {
  ::sigemptyset(&signals_);
  ::sigaddset(&signals_, SIGINT);
  ::sigaddset(&signals_, SIGTERM);
  if (hangup == Hangup::wakes) ::sigaddset(&signals_, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  listener_ = std::thread(&Interrupt::listen, this);
}

Interrupt::~Interrupt() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ::pthread_kill(listener_.native_handle(), SIGTERM);
  listener_.join();
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

bool Interrupt::wait() {
  std::unique_lock lock(mutex_);
  woken_.wait(lock, token(), [this] { return hung_up_; });
  if (requested()) return false;
  hung_up_ = false;
  return true;
}

void Interrupt::listen() {
  while (true) {
    int signal = 0;
    if (::sigwait(&signals_, &signal) != 0) continue;
    std::unique_lock lock(mutex_);
    if (ending_) return;
    if (signal == SIGHUP) {
      hung_up_ = true;
      woken_.notify_all();
    } else {
      lock.unlock();  // the stop wakes `wait`, which takes the lock
      stop_.request_stop();
    }
  }
}

bool sleep_unless(std::stop_token stop, std::chrono::steady_clock::duration time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace rmqlag::tools
