// header_reaper.h: ends connections whose request does not arrive in time, however slowly it drips. Used by http_server.h.
// A time-out of idleness alone never meets a client that sends a byte now and then.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

#include "rmqlag/http.h"

namespace rmqlag::tools {

/// Thread-safe. Shuts sockets down, but never closes one: that stays with its owner, who must `forget` it before.
class HeaderReaper {
 public:
  HeaderReaper();

  /// The request on this socket must be there by then; a later call sets another time.
  void expect(int socket, Steady deadline);
  /// It is there, or the connection has ended.
  void forget(int socket);

 private:
  void run(const std::stop_token& stop);
  Steady reap(Steady now);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<int, Steady> deadlines_;  // guarded by mutex_
  Steady next_ = Steady::max();      // when the thread looks again; guarded by mutex_
  std::jthread thread_;              // last: it uses all of the above
};

}  // namespace rmqlag::tools
