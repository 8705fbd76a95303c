// header_reaper_test.cc: sockets that are ended when their time has come, and only those.
#include "header_reaper.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "support/catch.h"

using namespace rmqlag::tools;
using namespace std::chrono_literals;

namespace {

/// Two ends of a connection.
class Connection {
 public:
  Connection() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()) == 0); }
  ~Connection() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket() const { return ends_[0]; }

  /// Whether the other end sees that it is over, within `time`.
  bool is_over_within(std::chrono::milliseconds time) const {
    pollfd watched{ends_[1], POLLIN, 0};
    return ::poll(&watched, 1, static_cast<int>(time.count())) == 1;
  }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("header reaper: what is late is ended, what is in time is not") {
  const Connection late, early, arrived;
  HeaderReaper reaper;
  const auto now = std::chrono::steady_clock::now();
  reaper.expect(early.socket(), now + 1h);
  reaper.expect(late.socket(), now + 50ms);
  reaper.expect(arrived.socket(), now + 50ms);
  reaper.forget(arrived.socket());
  CHECK(late.is_over_within(10s));
  CHECK(std::chrono::steady_clock::now() >= now + 50ms);
  CHECK(!arrived.is_over_within(100ms));
  CHECK(!early.is_over_within(0ms));
}

TEST_CASE("header reaper: the last deadline counts") {
  const Connection sooner, later;
  HeaderReaper reaper;
  const auto now = std::chrono::steady_clock::now();
  reaper.expect(sooner.socket(), now + 1h);
  reaper.expect(later.socket(), now + 20ms);
  reaper.expect(later.socket(), now + 1h);
  reaper.expect(sooner.socket(), now + 20ms);
  CHECK(sooner.is_over_within(10s));
  CHECK(!later.is_over_within(100ms));
}

TEST_CASE("header reaper: ends while it waits") {
  const Connection connection;
  const auto begin = std::chrono::steady_clock::now();
  {
    HeaderReaper reaper;
    reaper.expect(connection.socket(), begin + 1h);
  }
  { const HeaderReaper idle; }
  CHECK(std::chrono::steady_clock::now() - begin < 20s);
}
