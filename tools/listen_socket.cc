// listen_socket.cc: a TCP socket that listens on an address, of either family (listen_socket.h).
#include "listen_socket.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace rmqlag::tools {
namespace {

constexpr int backlog = 128;

/// What the sockets API takes as an address of any family.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;

  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }  // the sockets API's own way, as are the next two
  sockaddr_in& ipv4() { return reinterpret_cast<sockaddr_in&>(storage); }
  sockaddr_in6& ipv6() { return reinterpret_cast<sockaddr_in6&>(storage); }
};

std::string shown(std::string_view host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != host.npos;
  std::string text;
  if (ipv6) text += '[';
  text += host;
  if (ipv6) text += ']';
  return text.append(":").append(std::to_string(port));
}

/// 127.0.0.1, ::1 or fe80::1%eth0. Not by getaddrinfo: that asks the C library's name service, which the static program is without.
std::optional<SocketAddress> numeric_address(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  if (::inet_pton(AF_INET, host.c_str(), &address.ipv4().sin_addr) == 1) {
    address.ipv4().sin_family = AF_INET;
    address.ipv4().sin_port = htons(port);
    address.length = sizeof(sockaddr_in);
    return address;
  }
  const auto percent = host.find('%');
  if (::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &address.ipv6().sin6_addr) != 1) return std::nullopt;
  address.ipv6().sin6_family = AF_INET6;
  address.ipv6().sin6_port = htons(port);
  address.length = sizeof(sockaddr_in6);
  if (percent == host.npos) return address;
  address.ipv6().sin6_scope_id = ::if_nametoindex(host.c_str() + percent + 1);
  if (address.ipv6().sin6_scope_id == 0) return std::nullopt;
  return address;
}

/// The socket, or the error number. `any_family`: an IPv6 socket takes IPv4, too.
std::pair<Socket, int> bind_and_listen(SocketAddress address, bool any_family) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto set = [&socket](int level, int option, int value) { ::setsockopt(socket.number(), level, option, &value, sizeof value); };
  if (!socket.valid()) return {std::move(socket), errno};
  set(SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.storage.ss_family == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, any_family ? 0 : 1);
  const bool listening = ::bind(socket.number(), address.generic(), address.length) == 0 && ::listen(socket.number(), backlog) == 0;
  return {std::move(socket), listening ? 0 : errno};
}

bool family_is_missing(int error) { return error == EAFNOSUPPORT || error == EADDRNOTAVAIL; }

/// Tried one after the other, where a family is missing.
std::vector<std::string> candidates(const std::string& host) {
  if (host.empty()) return {"::", "0.0.0.0"};
  if (host == "localhost") return {"127.0.0.1", "::1"};
  return {host};
}

}  // namespace

Socket::~Socket() {
  if (number_ >= 0) ::close(number_);
}

Error cannot_listen(const ListenAddress& address, const std::string& why) {
  return {ErrorCode::invalid_argument, "cannot listen on " + shown(address.host, address.port) + ": " + why};
}

Expected<Socket> listen_on(const ListenAddress& address) {
  int error = 0;
  for (const std::string& host : candidates(address.host)) {
    const auto numeric = numeric_address(host, address.port);
    if (!numeric) return cannot_listen(address, "neither an address of this machine, as 127.0.0.1 or [::1], nor localhost");
    auto [socket, problem] = bind_and_listen(*numeric, address.host.empty());
    if (problem == 0) return Expected<Socket>(std::move(socket));
    error = problem;
    if (!family_is_missing(problem)) break;
  }
  return cannot_listen(address, std::generic_category().message(error));
}

std::string local_address(const Socket& socket) {
  SocketAddress address;
  if (::getsockname(socket.number(), address.generic(), &address.length) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &address.ipv4().sin_addr, text.data(), text.size());
    return shown(text.data(), ntohs(address.ipv4().sin_port));
  }
  ::inet_ntop(AF_INET6, &address.ipv6().sin6_addr, text.data(), text.size());
  std::array<char, IF_NAMESIZE> interface{};
  const bool scoped = address.ipv6().sin6_scope_id != 0 && ::if_indextoname(address.ipv6().sin6_scope_id, interface.data()) != nullptr;
  std::string host = text.data();
  if (scoped) host.append("%").append(interface.data());
  return shown(host, ntohs(address.ipv6().sin6_port));
}

}  // namespace rmqlag::tools
