// session.cc: requests, first look at answers, and logging in (session.h).
#include "rmqlag/session.h"

#include <algorithm>
#include <utility>

#include "ascii.h"
#include "json_writer.h"
#include "rmqlag/console_json.h"
#include "url.h"

namespace rmqlag {
namespace {

std::string_view path_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::topic_list: return "/topic/list.query";
    case Endpoint::consumers_by_topic: return "/topic/queryConsumerByTopic.query";
    case Endpoint::group_list: return "/consumer/groupList.query";
    case Endpoint::group: return "/consumer/group.query";
    case Endpoint::consumer_connection: return "/consumer/consumerConnection.query";
    case Endpoint::topics_by_consumer: return "/consumer/queryTopicByConsumer.query";
    case Endpoint::cluster_list: return "/cluster/list.query";
    case Endpoint::home_page: return "/ops/homePage.query";
    case Endpoint::login_check: return "/login/check.query";
    case Endpoint::csrf_token: return "/rocketmq-dashboard/csrf-token";
    case Endpoint::login: return "/login/login.do";
    case Endpoint::topic_stats: return "/topic/stats.query";
    case Endpoint::studio_probe: return "/api/auth/status";
  }
  return "/";
}

std::string query_of(const Call& call) {
  using internal::percent_encode;
  switch (call.endpoint) {
    case Endpoint::consumers_by_topic:
    case Endpoint::topic_stats: return "?topic=" + percent_encode(call.topic);
    // Without this G4 and later would mark the system groups inside the console's own cache.
    case Endpoint::group_list: return "?skipSysGroup=true";
    case Endpoint::group: return "?consumerGroup=" + percent_encode(call.group);
    case Endpoint::consumer_connection:
    case Endpoint::topics_by_consumer:
      return "?consumerGroup=" + percent_encode(call.group) + (call.address.empty() ? "" : "&address=" + percent_encode(call.address));
    default: return {};
  }
}

bool looks_like_html(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != std::string_view::npos && body[first] == '<';
}

bool is_blank(std::string_view body) { return body.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Error not_a_console() {
  return {ErrorCode::not_a_console,
          "this is RocketMQ Studio, whose API does not tell which consumer holds a queue; "
          "lag by process needs a console or dashboard up to 2.1"};
}

}  // namespace

Session::Session(FinalConsoleConfig config) : config_(std::move(config)) {}

const std::string& Session::base_url() const { return config_.base_url(); }

HttpRequest Session::request(const Call& call) const {
  HttpRequest request;
  request.url = config_.base_url_ + std::string(path_of(call.endpoint)) + query_of(call);
  request.headers = config_.headers_;
  request.headers.push_back({"Accept", "application/json"});
  if (!cookies_.empty()) {
    std::string cookies;
    for (const auto& [name, value] : cookies_) cookies.append(cookies.empty() ? "" : "; ").append(name).append("=").append(value);
    request.headers.push_back({"Cookie", std::move(cookies)});
  }
  if (call.endpoint == Endpoint::login) {
    request.method = "POST";
    if (csrf_) {
      request.headers.push_back({csrf_->header_name, csrf_->token});
      request.headers.push_back({"Content-Type", "application/json"});
      internal::JsonWriter(request.body).begin_object().member("username", config_.username_).member("password", config_.password_).end_object();
    } else {
      request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
      request.body =
          "username=" + internal::percent_encode(config_.username_) + "&password=" + internal::percent_encode(config_.password_);
    }
  }
  return request;
}

Expected<void> Session::accept(const Call& call, const HttpResponse& response) {
  take_cookies(response);
  const std::string path(path_of(call.endpoint));
  const auto bad_answer = [&](const std::string& what) { return Error{ErrorCode::bad_answer, what + " at " + path}; };

  if (response.status >= 300 && response.status < 400) {
    if (response.header("Location").find("/login") != std::string_view::npos)
      return Error{ErrorCode::login_lost, "the console wants a login"};
    return bad_answer("a redirect (HTTP " + std::to_string(response.status) + ") instead of JSON");
  }
  const bool may_be_studio = call.endpoint != Endpoint::consumers_by_topic && call.endpoint != Endpoint::topics_by_consumer;
  if (may_be_studio && is_studio_envelope(response.body)) return not_a_console();
  if (response.status == 401 || response.status == 403)
    return Error{ErrorCode::no_permission, "HTTP " + std::to_string(response.status) + " at " + path +
                                               ": the console, or a proxy in front of it, refuses these credentials"};
  if (response.status == 404) {
    if (call.endpoint == Endpoint::topic_list || call.endpoint == Endpoint::home_page)
      return Error{ErrorCode::bad_answer, "404 at " + path + ": is a context path missing in the console's URL?"};
    return bad_answer("404");
  }
  if (response.status != 200) return bad_answer("HTTP " + std::to_string(response.status));
  if (looks_like_html(response.body)) {
    // A console whose session has ended, behind a proxy that follows its redirect, looks like this.
    if (logged_in_) return Error{ErrorCode::login_lost, "HTML instead of JSON at " + path + ": the session is lost"};
    return bad_answer("HTML instead of JSON");
  }
  if (is_blank(response.body)) return bad_answer("an empty answer");
  return {};
}

// ---- generation ----

void Session::at_least(int generation) {
  seen_ = true;
  lowest_ = std::max(lowest_, generation);
}

void Session::at_most(int generation) {
  seen_ = true;
  highest_ = std::min(highest_, generation);
}

void Session::learn(const HomePage& page) { page.current_namesrv ? at_least(3) : at_most(2); }

void Session::learn(const std::vector<GroupInfo>& groups) {
  if (groups.empty()) return;
  const auto any = [&](auto member) { return std::any_of(groups.begin(), groups.end(), member); };
  any([](const GroupInfo& group) { return group.has_address_member; }) ? at_least(3) : at_most(2);
  any([](const GroupInfo& group) { return group.has_update_time_member; }) ? at_least(4) : at_most(3);
}

void Session::learn(const TopicList& list) {
  const auto marked = [](const std::string& topic) { return topic.starts_with("%SYS%"); };
  if (std::any_of(list.topics.begin(), list.topics.end(), marked)) at_least(1);
  // Every broker has this topic, and from G1 on its name comes marked.
  if (std::find(list.topics.begin(), list.topics.end(), "TBW102") != list.topics.end()) at_most(0);
}

std::string Session::generation() const {
  if (!seen_ || lowest_ > highest_) return {};
  std::string text = std::string("G").append(std::to_string(lowest_));
  if (lowest_ != highest_) text.append("-G").append(std::to_string(highest_));
  return text;
}

// ---- login ----

void Session::take_cookies(const HttpResponse& response) {
  for (const Header& header : response.headers) {
    if (!internal::equal_ignoring_case(header.name, "Set-Cookie")) continue;
    const std::string_view pair = std::string_view(header.value).substr(0, header.value.find(';'));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    const std::string_view name = pair.substr(0, equals), value = pair.substr(equals + 1);
    std::erase_if(cookies_, [&](const Header& cookie) { return cookie.name == name; });
    if (!value.empty()) cookies_.push_back({std::string(name), std::string(value)});
  }
}

std::optional<Call> Session::next_login_call() {
  switch (login_) {
    case Login::check: return Call{Endpoint::login_check, {}, {}, {}};
    case Login::csrf: return Call{Endpoint::csrf_token, {}, {}, {}};
    case Login::login: return Call{Endpoint::login, {}, {}, {}};
    case Login::done: break;
  }
  return std::nullopt;
}

void Session::login_was_lost() {
  cookies_.clear();
  csrf_.reset();
  logged_in_ = false;
  login_ = has_login() ? Login::csrf : Login::done;
}

Expected<void> Session::login_answer(const Call& call, const Expected<HttpResponse>& answer) {
  if (!answer && answer.error().code != ErrorCode::not_recorded) return answer.error();
  const Expected<void> accepted = answer ? accept(call, *answer) : Expected<void>(answer.error());
  if (!accepted && accepted.error().code == ErrorCode::not_a_console) return accepted;

  switch (call.endpoint) {
    case Endpoint::login_check: {
      login_ = Login::done;
      // G0 has no login and says so in JSON; an empty 404 tells nothing, a wrong context path looks like that.
      if (answer && answer->status == 404 && answer->body.starts_with('{')) at_most(0);
      if (!accepted) return {};
      const auto check = decode_login_check(answer->body);
      if (!check) return {};
      at_least(1);
      if (!check->required || check->logged_in) return {};
      if (!has_login()) {
        login_ = Login::check;
        return Error{ErrorCode::login_lost, "the console wants a login: give a user name and a password"};
      }
      login_ = Login::csrf;
      return {};
    }
    case Endpoint::csrf_token: {
      login_ = Login::login;
      if (!accepted) {
        if (answer && answer->status == 404) at_most(4);
        return {};
      }
      if (auto token = decode_csrf_token(answer->body)) {
        at_least(5);
        csrf_ = *std::move(token);
      }
      return {};
    }
    case Endpoint::login: {
      login_ = Login::check;  // what failed is tried from the start in the next pass
      if (!accepted) return accepted.error().code == ErrorCode::no_permission
                         ? Error{ErrorCode::login_rejected, accepted.error().message} : accepted.error();
      if (auto decoded = decode_login(answer->body); !decoded) return decoded;
      login_ = Login::done;
      logged_in_ = true;
      return {};
    }
    default: return {};
  }
}

}  // namespace rmqlag
