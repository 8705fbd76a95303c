// listen_socket.h: a TCP socket that listens on an address, of either family. Used by http_server.h.
#pragma once

#include <string>
#include <utility>

#include "http_server.h"
#include "rmqlag/expected.h"

namespace rmqlag::tools {

/// A socket that is closed unless it is given away.
class Socket {
 public:
  explicit Socket(int number) : number_(number) {}
  ~Socket();
  Socket(Socket&& other) noexcept : number_(other.release()) {}
  Socket& operator=(Socket&&) = delete;

  bool valid() const { return number_ >= 0; }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Without a host: both families by one socket; IPv4 alone where there is no IPv6.
/// Error `invalid_argument`: names the address and says why it cannot be listened on.
Expected<Socket> listen_on(const ListenAddress& address);

/// Where a socket listens: "127.0.0.1:9776", "[::1]:9776".
std::string local_address(const Socket& socket);

/// The error of an address that cannot be listened on.
Error cannot_listen(const ListenAddress& address, const std::string& why);

}  // namespace rmqlag::tools
