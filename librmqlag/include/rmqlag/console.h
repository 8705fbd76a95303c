// console.h: which console, and a blocking call for each of its endpoints.
// ConsoleConfig is what every console source begins with; `Console` is for those who want single answers rather than a snapshot.
// For the lag of everything use source.h. Read on in session.h for what happens below.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "rmqlag/console_model.h"
#include "rmqlag/expected.h"
#include "rmqlag/http.h"

namespace rmqlag {

/// As the user gives it.
struct ConsoleConfig {
  std::string url;  ///< "http://host:8080/context"; "host:8080" alone means http
  std::string username, password;      ///< of the console's login; empty = none
  std::vector<Header> headers;         ///< added to every request, for a proxy in front
  std::string basic_auth;              ///< "user:password" for a proxy in front; empty = none
};

/// A configuration that can only be valid. Made by `finalize`.
class RMQLAG_EXPORT FinalConsoleConfig {
 public:
  /// scheme://host[:port][/context], no trailing slash, no credentials: may be shown.
  const std::string& base_url() const { return base_url_; }
  bool has_login() const { return !username_.empty(); }
  /// Added to every request; may hold credentials.
  const std::vector<Header>& headers() const { return headers_; }

 private:
  friend class Session;
  friend Expected<FinalConsoleConfig> finalize(const ConsoleConfig&);
  FinalConsoleConfig() = default;
  std::string base_url_, username_, password_;
  std::vector<Header> headers_;
};

/// Checks and normalises. Error `invalid_argument`: not http or https, no host, a port that is none, credentials in the URL
/// (say where they belong), a query or fragment, a user name without a password, header names or values that would break the request,
/// an `Origin` header (consoles refuse it), control characters.
RMQLAG_EXPORT Expected<FinalConsoleConfig> finalize(const ConsoleConfig& config);

/// One request and one decode a call, with login where the console wants it. Each call lists its errors by code:
/// those of the transport (10-16), `status_error`, `no_permission`, `overloaded`, `login_lost`, `login_rejected`, `not_a_console`,
/// `bad_answer`.
/// Not thread-safe. For ids and groups outside a snapshot; the collector does not use it.
class RMQLAG_EXPORT Console {
 public:
  Console(FinalConsoleConfig config, std::shared_ptr<HttpTransport> transport,
          std::chrono::milliseconds request_timeout = std::chrono::seconds(30));
  ~Console();
  Console(Console&&) noexcept;
  Console& operator=(Console&&) noexcept;

  Expected<TopicList> topic_list();
  Expected<void> consumers_by_topic(std::string_view topic, TopicConsumersSink& sink);
  /// `address`: a broker's "ip:port", needed from G3 on and one at a time; "" before.
  Expected<void> topics_by_consumer(std::string_view group, std::string_view address, TopicConsumersSink& sink);
  Expected<std::vector<GroupInfo>> group_list();
  Expected<GroupInfo> group(std::string_view group);
  Expected<ConsumerConnection> consumer_connection(std::string_view group, std::string_view address);
  Expected<ClusterList> cluster_list();
  Expected<HomePage> home_page();
  Expected<TopicStats> topic_stats(std::string_view topic);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rmqlag
