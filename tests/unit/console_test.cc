// console_test.cc: configurations that can only be valid, and the blocking calls.
#include "rmqlag/console.h"

#include <algorithm>
#include <map>

#include "rmqlag/session.h"
#include "support/catch.h"

using namespace rmqlag;

namespace {

std::string base_of(const std::string& url) {
  const auto config = finalize({url, "", "", {}, ""});
  return config ? config->base_url() : "error: " + config.error().message;
}

/// A transport that answers by URL.
std::shared_ptr<HttpTransport> canned(std::map<std::string, HttpResponse> answers, std::vector<std::string>* asked = nullptr) {
  return blocking([=](const HttpRequest& request, std::chrono::milliseconds) -> Expected<HttpResponse> {
    if (asked) asked->push_back(request.method + " " + request.url);
    const auto found = answers.find(request.url);
    if (found == answers.end()) return Error{ErrorCode::refused, "connection refused: " + request.url};
    return found->second;
  });
}

}  // namespace

TEST_CASE("URLs as people write them") {
  CHECK(base_of("http://console:8080") == "http://console:8080");
  CHECK(base_of("console:8080") == "http://console:8080");
  CHECK(base_of("console") == "http://console");
  CHECK(base_of("HTTPS://Console/rmq/") == "https://Console/rmq");
  CHECK(base_of("http://[::1]:8080/a/b//") == "http://[::1]:8080/a/b");
}

TEST_CASE("URLs that are refused say why") {
  const auto [url, why] = GENERATE(table<std::string, std::string>({
      {"", "empty"},
      {"ftp://console", "only http and https"},
      {"http://", "no host"},
      {"http://user:secret@console", "user name or password"},
      {"http://console:0", "not a port"},
      {"http://console:65536", "not a port"},
      {"http://console:80a", "not a port"},
      {"http://console/?topic=x", "'?' or '#'"},
      {"http://console/#/topic", "'?' or '#'"},
      {"http://con sole", "space"},
      {"http://console\r\nX: y", "control character"},
  }));
  const auto config = finalize({url, "", "", {}, ""});
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().code == ErrorCode::invalid_argument);
  CHECK_THAT(config.error().message, ContainsSubstring(why));
  CHECK_THAT(config.error().message, !ContainsSubstring("secret"));
}

TEST_CASE("logins and headers are checked") {
  const auto why = [](const ConsoleConfig& config) {
    const auto final = finalize(config);
    return final ? std::string() : final.error().message;
  };
  CHECK_THAT(why({"c", "user", "", {}, ""}), ContainsSubstring("without a password"));
  CHECK_THAT(why({"c", "", "p", {}, ""}), ContainsSubstring("without a user name"));
  CHECK_THAT(why({"c", "", "", {{"Origin", "http://c"}}, ""}), ContainsSubstring("consoles refuse"));
  CHECK_THAT(why({"c", "", "", {{"co okie", "1"}}, ""}), ContainsSubstring("not a header name"));
  CHECK_THAT(why({"c", "", "", {{"COOKIE", "1"}}, ""}), ContainsSubstring("cannot be set"));
  CHECK_THAT(why({"c", "", "", {{"X-A", "1\r\nX-B: 2"}}, ""}), ContainsSubstring("control character"));
  CHECK_THAT(why({"c", "", "", {}, "nocolon"}), ContainsSubstring("user:password"));
  CHECK(why({"c", "u", "p", {{"X-Forwarded-User", "me"}}, "a:b"}).empty());

  const Session session(*finalize({"c", "", "", {{"X-A", "1"}}, "Aladdin:open sesame"}));
  const HttpRequest request = session.request({Endpoint::topic_list, "", "", ""});
  REQUIRE(request.headers.size() == 3);
  CHECK(request.headers[0].value == "1");
  CHECK(request.headers[1].value == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_CASE("blocking calls log in, decode, and log in again once") {
  const std::string base = "http://c";
  const HttpResponse list{200, {}, R"({"status":0,"data":{"topicList":["orders"],"brokerAddr":null},"errMsg":null})"};
  std::vector<std::string> asked;

  SECTION("no login") {
    Console console(*finalize({base, "", "", {}, ""}),
                    canned({{base + "/login/check.query", {200, {}, R"({"status":0,"data":{"loginRequired":false,"logined":false}})"}},
                            {base + "/topic/list.query", list}}));
    const auto topics = console.topic_list();
    REQUIRE(topics.has_value());
    CHECK(topics->topics == std::vector<std::string>{"orders"});
    CHECK(console.group_list().error().code == ErrorCode::refused);
  }
  SECTION("a session that is lost for good ends after one more login") {
    Console console(*finalize({base, "u", "p", {}, ""}),
                    canned({{base + "/login/check.query", {200, {}, R"({"status":0,"data":{"loginRequired":true,"logined":false}})"}},
                            {base + "/rocketmq-dashboard/csrf-token", {404, {}, ""}},
                            {base + "/login/login.do", {200, {}, R"({"status":0,"data":{}})"}},
                            {base + "/topic/list.query", {302, {{"Location", "/#/login"}}, ""}}},
                           &asked));
    CHECK(console.topic_list().error().code == ErrorCode::login_lost);
    CHECK(std::count(asked.begin(), asked.end(), "POST " + base + "/login/login.do") == 2);
    CHECK(std::count(asked.begin(), asked.end(), "GET " + base + "/topic/list.query") == 2);
  }
}
