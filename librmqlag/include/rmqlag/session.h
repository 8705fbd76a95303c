// session.h: the console's dialect, sans I/O: a typed call becomes a request, an answer becomes a body to decode or an error.
// Used by the collector and by the blocking Console; an agent with an event loop of its own may use it too.
// It keeps what one login gave (cookies, CSRF token) and what the console has shown of its generation. No I/O, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/console.h"
#include "rmqlag/console_model.h"
#include "rmqlag/expected.h"
#include "rmqlag/http.h"
#include "rmqlag/lag.h"

namespace rmqlag {

/// One request to the console, before it is encoded. Members that the endpoint does not take are ignored.
struct Call {
  Endpoint endpoint{};
  std::string topic, group, address;
};

/// Not thread-safe; one user at a time.
class RMQLAG_EXPORT Session {
 public:
  explicit Session(FinalConsoleConfig config);

  const std::string& base_url() const;

  /// The request for a call, with the cookies of the moment.
  HttpRequest request(const Call& call) const;

  /// Looks at an answer before it is decoded: takes cookies, tells a lost login (302 to the login page; HTML where JSON was due, once
  /// this session has logged in) as `login_lost`, Studio as `not_a_console`, HTTP 401 and 403 as `no_permission`, anything else that is
  /// not a JSON answer as `bad_answer` (its message names status and path).
  /// On success the body is what console_json.h decodes. Learns about the generation.
  Expected<void> accept(const Call& call, const HttpResponse& response);

  /// What answers show of the generation beyond their form.
  void learn(const HomePage& page);
  void learn(const std::vector<GroupInfo>& groups);
  void learn(const TopicList& list);

  /// "G0" ... "G5", or the range that fits what was seen: "G1-G2"; "" when nothing was seen.
  std::string generation() const;

  /// True where queryTopicByConsumer and consumerConnection need a broker's address (G3 and later).
  bool needs_address() const { return lowest_ >= 3; }
  /// True where the console is surely the oldest kind, which bears one request at a time.
  bool is_oldest() const { return seen_ && highest_ == 0; }

  // ---- Logging in: a short exchange of requests, driven by the caller, one at a time. ----

  /// The next call of the exchange, or none when there is nothing (more) to do. After each, hand its end to `login_answer`.
  /// The first exchange of a session asks login/check once; later ones (after `login_was_lost`) log in straight away.
  std::optional<Call> next_login_call();
  /// Errors: `login_lost` (a login is wanted and no user name was given), `login_rejected`; failures of the transport as they are.
  /// What is merely unknown (login/check not there or not recorded) is no error.
  Expected<void> login_answer(const Call& call, const Expected<HttpResponse>& answer);
  /// An answer said that the session is gone. Begins a new exchange, if there are credentials.
  void login_was_lost();
  bool has_login() const { return config_.has_login(); }

 private:
  enum class Login : std::uint8_t { check, csrf, login, done };

  void take_cookies(const HttpResponse& response);
  void at_least(int generation);
  void at_most(int generation);

  FinalConsoleConfig config_;
  std::vector<Header> cookies_;  // name, value
  std::optional<CsrfToken> csrf_;
  Login login_ = Login::check;
  bool logged_in_ = false;
  int lowest_ = 0, highest_ = 5;
  bool seen_ = false;
};

}  // namespace rmqlag
