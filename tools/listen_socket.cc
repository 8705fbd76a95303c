// listen_socket.cc: a TCP socket that listens on an address, of either family (listen_socket.h).
#include "listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

namespace rmqlag::tools {
namespace {

constexpr int backlog = 128;

std::string shown(std::string_view host, std::string_view port) {
  const bool ipv6 = host.find(':') != host.npos;
  return (ipv6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::string(port);
}

/// The socket, or the error number. `any_family`: an IPv6 socket takes IPv4, too.
std::pair<Socket, int> bind_and_listen(const addrinfo& address, bool any_family) {
  Socket socket(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
  const auto set = [&socket](int level, int option, int value) { ::setsockopt(socket.number(), level, option, &value, sizeof value); };
  if (!socket.valid()) return {std::move(socket), errno};
  set(SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.ai_family == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, any_family ? 0 : 1);
  const bool listening = ::bind(socket.number(), address.ai_addr, address.ai_addrlen) == 0 && ::listen(socket.number(), backlog) == 0;
  return {std::move(socket), listening ? 0 : errno};
}

bool family_is_missing(int error) { return error == EAFNOSUPPORT || error == EADDRNOTAVAIL; }

}  // namespace

Socket::~Socket() {
  if (number_ >= 0) ::close(number_);
}

Error cannot_listen(const ListenAddress& address, const std::string& why) {
  return {ErrorCode::invalid_argument, "cannot listen on " + shown(address.host, std::to_string(address.port)) + ": " + why};
}

Expected<Socket> listen_on(const ListenAddress& address) {
  const bool everywhere = address.host.empty();
  const std::vector<std::string> hosts = everywhere ? std::vector<std::string>{"::", "0.0.0.0"} : std::vector{address.host};
  int error = 0;
  for (const std::string& host : hosts) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
    if (failure != 0) return cannot_listen(address, ::gai_strerror(failure));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    for (const addrinfo* candidate = found; candidate != nullptr; candidate = candidate->ai_next) {
      auto [socket, problem] = bind_and_listen(*candidate, everywhere);
      if (problem == 0) return Expected<Socket>(std::move(socket));
      error = problem;
      if (!family_is_missing(problem)) break;
    }
    if (!family_is_missing(error)) break;
  }
  return cannot_listen(address, std::generic_category().message(error));
}

std::string local_address(const Socket& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);  // the sockets API's own way
  if (::getsockname(socket.number(), generic, &length) != 0 ||
      ::getnameinfo(generic, length, host.data(), host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  return shown(host.data(), port.data());
}

}  // namespace rmqlag::tools
