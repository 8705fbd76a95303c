// http_server.h: a small HTTP server: routes in, answers out. Knows nothing of lag.
// Used by serve. The one place of libmicrohttpd is http_server.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rmqlag/expected.h"
#include "rmqlag/http.h"

namespace rmqlag::tools {

class WebAccess;

struct ListenAddress {
  std::string host;  ///< without brackets; empty = every address of the machine
  std::uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};

/// A GET or HEAD. Owns all it tells: may be kept until a later answer.
struct Request {
  std::string path;                     ///< decoded, without the query
  std::vector<Header> headers = {};     ///< as they came
  std::vector<Header> parameters = {};  ///< of the query, decoded, in their order

  /// "" where there is none; several of one name are joined with ", ". Upper and lower case are the same.
  std::string header(std::string_view name) const;
  /// The first of that name; "" where it has no value.
  std::optional<std::string> parameter(std::string_view name) const;
};

using Body = std::vector<std::shared_ptr<const std::string>>;

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Body body = {};  ///< sent one after the other, not copied
  std::vector<Header> headers = {};
};

/// A response of one piece of text.
Response text_response(int status, std::string text);

/// An answer that is owed. Copyable; may be fulfilled on any thread, at any time, even after the server's end.
/// Where the last copy goes without an answer, the client gets 500.
class Reply {
 public:
  class Debt;
  explicit Reply(std::shared_ptr<Debt> debt) : debt_(std::move(debt)) {}

  /// The first one counts. One to a client that went away, or of a server that has stopped, is dropped.
  void send(Response response) const;

 private:
  std::shared_ptr<Debt> debt_;
};

/// Neither may block: they are called from several threads at once, which serve everybody.
using AnswerNow = std::function<Response(const Request&)>;
using AnswerLater = std::function<void(const Request&, Reply)>;

/// What to do with GET and HEAD of one path.
struct Route {
  std::string path;
  std::string name;  ///< stands in counters
  std::variant<AnswerNow, AnswerLater> answer;
  bool vital = false;  ///< answered beyond `max_requests`, too: a probe that fails under load would get us killed
};

struct ServerOptions {
  std::vector<ListenAddress> listen;
  int max_requests = 0;                         ///< under way at once, over all addresses; more get 503
  std::shared_ptr<WebAccess> access = nullptr;  ///< TLS, users and headers (web_access.h); null = plain HTTP for everybody
};

/// How often a route answered with a status. Requests to no route count under "other".
struct RequestCount {
  std::string name;
  int status = 0;
  std::int64_t count = 0;
};

/// Listens from `start` to `stop` on threads of its own. Paths without a route are 404, other methods than GET and HEAD 405.
/// A connection whose request is not there after ten seconds is closed.
class HttpServer {
 public:
  /// Error `invalid_argument`: an address that cannot be listened on; the message names it and says why.
  static Expected<std::unique_ptr<HttpServer>> start(const ServerOptions& options, std::vector<Route> routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Where it listens, as "host:port", with the port that the system chose for port 0.
  std::vector<std::string> addresses() const;
  /// By name, then status; every route's 200 is there from the start. Thread-safe.
  std::vector<RequestCount> request_counts() const;
  /// Takes no new connections, lets the answers under way end, for `grace` at most, then answers what is still owed with 503 and closes
  /// everything. No handler runs once it has returned.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rmqlag::tools
