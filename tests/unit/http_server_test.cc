// http_server_test.cc: answers given at once, later, never and too late, and the server's end in the midst of them.
#include "http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/catch.h"

using namespace rmqlag::tools;
using namespace std::chrono_literals;

namespace {

/// A client's connection. Used from several threads at once, which Catch2 is not made for: what goes wrong is thrown.
class Client {
 public:
  explicit Client(const HttpServer& server) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const std::string address = server.addresses().front();
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) throw std::runtime_error("cannot connect");
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view text) const {
    if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) throw std::runtime_error("cannot send");
  }
  void get(const std::string& target) const { send("GET " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"); }

  /// All that comes until the server closes.
  std::string answer() const {
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t size = 0; (size = ::recv(socket_, buffer.data(), buffer.size(), 0)) > 0;) text.append(buffer.data(), static_cast<std::size_t>(size));
    return text;
  }

 private:
  int socket_;
};

/// Replies that nobody has sent yet.
class Owed {
 public:
  void add(Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
  }
  std::vector<Reply> wait_for(std::size_t count) {
    for (const auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(1ms)) {
      const std::lock_guard lock(mutex_);
      if (replies_.size() >= count) return std::exchange(replies_, {});
    }
    FAIL("not asked " << count << " times");
    return {};
  }

 private:
  std::mutex mutex_;
  std::vector<Reply> replies_;
};

/// Routes of all kinds on a port of its own.
struct Served {
  explicit Served(int max_requests = 40) {
    auto started = HttpServer::start({{{"127.0.0.1", 0}}, max_requests},
                                     {{"/now", "now", [](const Request&) { return text_response(200, "now\n"); }},
                                      {"/echo", "echo", [](const Request& request) { return text_response(200, echo(request)); }},
                                      {"/later", "later", [this](const Request&, Reply reply) { owed.add(std::move(reply)); }},
                                      {"/never", "never", [](const Request&, const Reply&) {}},
                                      {"/vital", "vital", [](const Request&) { return text_response(200, "alive\n"); }, true}});
    REQUIRE(started);
    server = *std::move(started);
  }

  static std::string echo(const Request& request) {
    std::string text = request.path + "|" + request.header("x-thing") + "|";
    for (const auto& [name, value] : request.parameters) text.append(name).append("=").append(value).append(";");
    return text + request.parameter("a").value_or("none");
  }

  std::string ask(const std::string& target) const {
    const Client client(*server);
    client.get(target);
    return client.answer();
  }

  std::int64_t count(const std::string& name, int status) const {
    for (const RequestCount& request : server->request_counts()) {
      if (request.name == name && request.status == status) return request.count;
    }
    return -1;
  }

  Owed owed;
  std::unique_ptr<HttpServer> server;
};

}  // namespace

TEST_CASE("http server: what a handler sees of a request") {
  const Served served;
  const Client client(*served.server);
  client.send("GET /e%63ho?b=1&a=%C3%A4%20x+y&a=2&c HTTP/1.1\r\nHost: here\r\nX-Thing: 1\r\nx-thing: 2\r\nConnection: close\r\n\r\n");
  CHECK_THAT(client.answer(), ContainsSubstring("/echo|1, 2|b=1;a=\xc3\xa4 x y;a=2;c=;\xc3\xa4 x y"));
}

TEST_CASE("http server: statuses, and how they are counted") {
  const Served served;
  CHECK(served.count("now", 200) == 0);
  CHECK_THAT(served.ask("/now"), ContainsSubstring("HTTP/1.1 200 ") && ContainsSubstring("\r\nContent-Length: 4\r\n") && ContainsSubstring("\r\n\r\nnow\n"));
  CHECK_THAT(served.ask("/nothing"), ContainsSubstring("HTTP/1.1 404 "));
  CHECK_THAT(served.ask("/now/"), ContainsSubstring("HTTP/1.1 404 "));
  const Client client(*served.server);
  client.send("DELETE /now HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  CHECK_THAT(client.answer(), ContainsSubstring("HTTP/1.1 405 ") && ContainsSubstring("\r\nAllow: GET, HEAD\r\n"));
  CHECK(served.count("now", 200) == 1);
  CHECK(served.count("now", 405) == 1);
  CHECK(served.count("other", 404) == 2);
}

TEST_CASE("http server: a later answer, from another thread") {
  Served served;
  const Client client(*served.server);
  client.get("/later");
  const auto replies = served.owed.wait_for(1);
  CHECK_THAT(served.ask("/now"), ContainsSubstring("now\n"));  // nobody is kept waiting
  replies.front().send(text_response(200, "later\n"));
  replies.front().send(text_response(500, "twice\n"));
  const std::string answer = client.answer();
  CHECK_THAT(answer, ContainsSubstring("HTTP/1.1 200 ") && ContainsSubstring("\r\n\r\nlater\n"));
  CHECK_THAT(answer, !ContainsSubstring("twice"));
}

TEST_CASE("http server: many later answers, raced by their handlers") {
  Served served;
  constexpr int clients = 30;
  std::vector<std::future<std::string>> answers;
  std::jthread sender([&served](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (const Reply& reply : served.owed.wait_for(0)) reply.send(text_response(200, "later\n"));
    }
  });
  for (int i = 0; i < clients; ++i) answers.push_back(std::async(std::launch::async, [&served] { return served.ask("/later"); }));
  for (auto& answer : answers) CHECK_THAT(answer.get(), ContainsSubstring("later\n"));
  CHECK(served.count("later", 200) == clients);
}

TEST_CASE("http server: an answer that nobody gives is a failure, not silence") {
  const Served served;
  CHECK_THAT(served.ask("/never"), ContainsSubstring("HTTP/1.1 500 "));
}

TEST_CASE("http server: an answer to a client that went away is dropped") {
  Served served;
  std::vector<Reply> replies;
  {
    const Client client(*served.server);
    client.get("/later");
    replies = served.owed.wait_for(1);
  }
  replies.front().send(text_response(200, std::string(5'000'000, 'x')));
  CHECK_THAT(served.ask("/now"), ContainsSubstring("now\n"));
}

TEST_CASE("http server: beyond the limit, 503 with words; what is vital is answered") {
  Served served(2);
  const Client first(*served.server), second(*served.server);
  first.get("/later");
  second.get("/later");
  const auto replies = served.owed.wait_for(2);
  CHECK_THAT(served.ask("/now"), ContainsSubstring("HTTP/1.1 503 ") && ContainsSubstring("too many"));
  CHECK_THAT(served.ask("/nothing"), ContainsSubstring("HTTP/1.1 503 "));
  CHECK_THAT(served.ask("/vital"), ContainsSubstring("HTTP/1.1 200 "));
  for (const Reply& reply : replies) reply.send(text_response(200, "later\n"));
  CHECK_THAT(first.answer(), ContainsSubstring("later\n"));
  CHECK_THAT(second.answer(), ContainsSubstring("later\n"));
  CHECK_THAT(served.ask("/now"), ContainsSubstring("HTTP/1.1 200 "));
  CHECK(served.count("now", 503) == 1);
}

TEST_CASE("http server: its end waits for answers under way") {
  Served served;
  const Client client(*served.server);
  client.get("/later");
  const auto replies = served.owed.wait_for(1);
  const std::jthread sender([&replies] {
    std::this_thread::sleep_for(50ms);
    replies.front().send(text_response(200, "in time\n"));
  });
  const auto begin = std::chrono::steady_clock::now();
  served.server->stop(20s);
  CHECK(std::chrono::steady_clock::now() - begin < 15s);
  CHECK_THAT(client.answer(), ContainsSubstring("in time\n"));
}

TEST_CASE("http server: its end does not wait for ever, and what is still owed is told") {
  Served served;
  const Client client(*served.server);
  client.get("/later");
  const auto replies = served.owed.wait_for(1);
  served.server->stop(20ms);
  CHECK_THAT(client.answer(), ContainsSubstring("HTTP/1.1 503 ") && ContainsSubstring("stopping"));
  replies.front().send(text_response(200, "too late\n"));
  served.server.reset();
  replies.front().send(text_response(200, "much too late\n"));
}

TEST_CASE("http server: an address that is taken") {
  const Served served;
  const std::string address = served.server->addresses().front();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  const auto second = HttpServer::start({{{"127.0.0.1", port}}, 1}, {});
  REQUIRE(!second);
  CHECK_THAT(second.error().message, ContainsSubstring("cannot listen on " + address) && ContainsSubstring("in use"));
}
