// header_reaper.cc: ends connections whose request does not arrive in time, however slowly it drips (header_reaper.h).
#include "header_reaper.h"

#include <sys/socket.h>

#include <algorithm>

namespace rmqlag::tools {

HeaderReaper::HeaderReaper() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void HeaderReaper::expect(int socket, Steady deadline) {
  const std::lock_guard lock(mutex_);
  deadlines_[socket] = deadline;
  if (deadline < next_) changed_.notify_one();
}

void HeaderReaper::forget(int socket) {
  const std::lock_guard lock(mutex_);
  deadlines_.erase(socket);
}

void HeaderReaper::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    next_ = reap(std::chrono::steady_clock::now());
    const auto sooner = [this] {
      return std::ranges::any_of(deadlines_, [this](const auto& entry) { return entry.second < next_; });
    };
    if (next_ == Steady::max()) {
      changed_.wait(lock, stop, sooner);
    } else {
      changed_.wait_until(lock, stop, next_, sooner);
    }
  }
}

/// Ends what is late; returns the earliest deadline that is left.
Steady HeaderReaper::reap(Steady now) {
  Steady next = Steady::max();
  for (auto entry = deadlines_.begin(); entry != deadlines_.end();) {
    const auto [socket, deadline] = *entry;
    if (deadline <= now) {
      ::shutdown(socket, SHUT_RDWR);
      entry = deadlines_.erase(entry);
    } else {
      next = std::min(next, deadline);
      ++entry;
    }
  }
  return next;
}

}  // namespace rmqlag::tools
