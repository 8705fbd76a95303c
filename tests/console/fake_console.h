// fake_console.h: a console that is not there: a real HTTP server on a free port of 127.0.0.1 that behaves as a console does.
// Used by the tests of what needs real sockets (curl_transport_test.cc) and, as a program (fake_console_main.cc), by end-to-end tests.
// It answers from recordings, wants a login as its generation does, and misbehaves where it is told to.
// It has threads inside and may be used from any thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/http.h"

namespace rmqlag::test {

struct FakeConsoleOptions {
  /// HAR files to answer from; each reading of the topic list turns to the next one, the last one repeats. None: only what `on` sets.
  std::vector<std::string> files;
  /// 0 to 5. G0 has no login, and its unmapped paths are 404 with JSON. G1 to G4 take a login form. G5 takes JSON and wants a CSRF token
  /// with every POST (403 without); from G1 on unmapped paths are 404 with an empty body.
  int generation = 4;
  /// With a user name a login is required (not in G0): without a session every call to the API is a 302 to the login page.
  std::string username, password;
  /// A session ends after it has answered so many requests; 0: never.
  int lose_session_after = 0;
  /// "/rmq": all else is 404 with HTML.
  std::string context_path;
  /// Before every answer.
  std::chrono::milliseconds latency{0};
  /// Answer as RocketMQ Studio: another envelope, none of the console's paths.
  bool studio = false;
  /// "user:password" that a proxy in front would demand: 401 without.
  std::string basic_auth;
  /// Files in PEM: with both, https. With client_ca, a client without a certificate that it has signed is answered 403.
  std::string certificate, key, client_ca;
};

/// What the console does about one path instead of its usual answer.
struct Rule {
  enum class End {
    answer,
    hang,       ///< takes the request and never answers
    drop,       ///< takes the request and closes the connection
    break_off,  ///< closes the connection in the middle of the body
    stall,      ///< falls silent in the middle of the body
  };
  End end = End::answer;
  std::chrono::milliseconds latency{0};  ///< on top of the general one
  std::optional<HttpResponse> response;  ///< instead of the usual one
  bool gzip = false;                     ///< send the body compressed
};

class FakeConsole {
 public:
  /// Listens on return. Throws std::runtime_error where it cannot.
  explicit FakeConsole(FakeConsoleOptions options = {});
  /// Ends all connections, those that hang, too.
  ~FakeConsole();

  /// "http://127.0.0.1:PORT/context": what the user of a console gives.
  std::string url() const;

  /// `target`: below the context path; "/topic/list.query" for all queries, "/topic/stats.query?topic=orders" for this one (it goes first).
  void on(std::string target, Rule rule);
  /// From now on nobody listens; open connections stay.
  void refuse();
  /// Ends all sessions, as a restart of the console does.
  void forget_sessions();

  /// Every request so far, in order; `url` is its target as it was sent, context path included.
  std::vector<HttpRequest> requests() const;
  /// How many requests there were by target, without context path and query.
  std::map<std::string, int> counts() const;
  int count(std::string_view path) const;
  int connections() const;
  /// The most requests that were awaiting their answer at one moment.
  int max_in_flight() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The value of the first header of this name (case-insensitive), or none.
std::optional<std::string> header_of(const HttpRequest& request, std::string_view name);

}  // namespace rmqlag::test
