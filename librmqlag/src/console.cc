// console.cc: checking a console's configuration, and the blocking calls (console.h).
#include "rmqlag/console.h"

#include <algorithm>
#include <utility>

#include "ascii.h"
#include "number_text.h"
#include "rmqlag/console_json.h"
#include "rmqlag/session.h"
#include "url.h"

namespace rmqlag {
namespace {

using internal::equal_ignoring_case;

Error invalid(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view other = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return internal::is_alnum(c) || other.find(c) != std::string_view::npos;
  });
}

bool is_port(std::string_view text) {
  const auto port = internal::parse_int(text);
  return port && *port > 0 && *port <= 65535;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? digits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

Expected<std::string> base_url_of(const std::string& url) {
  if (url.empty()) return invalid("the console's URL is empty (example: http://console:8080)");
  // With a character instead of the text g++ 12 warns at -O3 of what is not so.
  if (has_control_character(url) || url.find(" ") != std::string::npos) {
    return invalid("the console's URL holds a space or a control character");
  }
  const std::string full = url.find("://") == std::string::npos ? "http://" + url : url;
  const auto parts = internal::split_url(full);
  if (!parts || parts->host.empty()) return invalid("the console's URL has no host (example: http://console:8080)");
  if (!equal_ignoring_case(parts->scheme, "http") && !equal_ignoring_case(parts->scheme, "https"))
    return invalid("the console's URL begins with " + std::string(parts->scheme) + "://; only http and https can be read");
  if (!parts->user_info.empty())
    return invalid("the console's URL holds a user name or password; give the console's login as user name and password, a proxy's as basic auth");
  if (!parts->query.empty() || !parts->fragment.empty())
    return invalid("the console's URL holds a '?' or '#'; give only scheme, host, port and context path (example: http://console:8080/rocketmq)");
  if (!parts->port.empty() && !is_port(parts->port))
    return invalid("'" + std::string(parts->port) + "' is not a port in the console's URL");

  std::string base(equal_ignoring_case(parts->scheme, "https") ? "https://" : "http://");
  base += parts->host;
  if (!parts->port.empty()) base.append(":").append(parts->port);
  std::string_view path = parts->path;
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return base.append(path);
}

Expected<void> check_header(const Header& header) {
  if (!is_header_name(header.name)) return invalid("'" + header.name + "' is not a header name");
  if (has_control_character(header.value)) return invalid("the value of header " + header.name + " holds a control character");
  for (const auto name : {"Origin", "Host", "Cookie", "Content-Length", "Transfer-Encoding", "Connection"})
    if (equal_ignoring_case(header.name, name))
      return invalid("header " + header.name + " cannot be set: " +
                     (std::string_view(name) == "Origin" ? "consoles refuse requests that have one" : "it is made for each request"));
  return {};
}

}  // namespace

Expected<FinalConsoleConfig> finalize(const ConsoleConfig& config) {
  FinalConsoleConfig result;
  auto base = base_url_of(config.url);
  if (!base) return base.error();
  result.base_url_ = *std::move(base);

  if (!config.username.empty() && config.password.empty()) return invalid("a user name without a password; give both or none");
  if (config.username.empty() && !config.password.empty()) return invalid("a password without a user name; give both or none");
  result.username_ = config.username;
  result.password_ = config.password;

  for (const Header& header : config.headers) {
    if (auto checked = check_header(header); !checked) return checked.error();
    result.headers_.push_back(header);
  }
  if (!config.basic_auth.empty()) {
    if (config.basic_auth.find(':') == std::string::npos) return invalid("basic auth must be user:password");
    result.headers_.push_back({"Authorization", "Basic " + base64(config.basic_auth)});
  }
  return result;
}

struct Console::Impl {
  Session session;
  std::shared_ptr<HttpTransport> transport;
  std::chrono::milliseconds timeout;
  std::uint64_t next_id = 1;

  Expected<HttpResponse> send(const Call& call) {
    const std::uint64_t id = next_id++;
    transport->start(id, session.request(call), timeout);
    while (true) {
      auto completion = transport->wait(Steady::max(), {});
      if (completion && completion->id == id) return std::move(completion->result);
    }
  }

  Expected<void> log_in() {
    while (const auto call = session.next_login_call())
      if (auto done = session.login_answer(*call, send(*call)); !done) return done;
    return {};
  }

  /// The body of the answer, logging in before it and once more where the session was lost.
  Expected<std::string> ask(const Call& call) {
    for (int attempt = 0;; ++attempt) {
      if (auto in = log_in(); !in) return in.error();
      auto answer = send(call);
      if (!answer) return answer.error();
      auto accepted = session.accept(call, *answer);
      if (accepted) return std::move(answer->body);
      if (accepted.error().code != ErrorCode::login_lost || !session.has_login() || attempt > 0) return accepted.error();
      session.login_was_lost();
    }
  }

  template <class Decode>
  auto ask(const Call& call, Decode decode) -> decltype(decode(std::string_view())) {
    auto body = ask(call);
    if (!body) return body.error();
    return decode(*body);
  }
};

Console::Console(FinalConsoleConfig config, std::shared_ptr<HttpTransport> transport, std::chrono::milliseconds request_timeout)
    : impl_(new Impl{Session(std::move(config)), std::move(transport), request_timeout}) {}
Console::~Console() = default;
Console::Console(Console&&) noexcept = default;
Console& Console::operator=(Console&&) noexcept = default;

Expected<TopicList> Console::topic_list() { return impl_->ask({Endpoint::topic_list, {}, {}, {}}, decode_topic_list); }

Expected<void> Console::consumers_by_topic(std::string_view topic, TopicConsumersSink& sink) {
  return impl_->ask({Endpoint::consumers_by_topic, std::string(topic), {}, {}},
                    [&](std::string_view json) { return decode_consumers_by_topic(json, sink); });
}

Expected<void> Console::topics_by_consumer(std::string_view group, std::string_view address, TopicConsumersSink& sink) {
  return impl_->ask({Endpoint::topics_by_consumer, {}, std::string(group), std::string(address)},
                    [&](std::string_view json) { return decode_topics_by_consumer(json, sink); });
}

Expected<std::vector<GroupInfo>> Console::group_list() { return impl_->ask({Endpoint::group_list, {}, {}, {}}, decode_group_list); }

Expected<GroupInfo> Console::group(std::string_view group) {
  return impl_->ask({Endpoint::group, {}, std::string(group), {}}, decode_group);
}

Expected<ConsumerConnection> Console::consumer_connection(std::string_view group, std::string_view address) {
  return impl_->ask({Endpoint::consumer_connection, {}, std::string(group), std::string(address)}, decode_consumer_connection);
}

Expected<ClusterList> Console::cluster_list() { return impl_->ask({Endpoint::cluster_list, {}, {}, {}}, decode_cluster_list); }

Expected<HomePage> Console::home_page() { return impl_->ask({Endpoint::home_page, {}, {}, {}}, decode_home_page); }

Expected<TopicStats> Console::topic_stats(std::string_view topic) {
  return impl_->ask({Endpoint::topic_stats, std::string(topic), {}, {}}, decode_topic_stats);
}

}  // namespace rmqlag
