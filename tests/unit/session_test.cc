// session_test.cc: requests, first looks at answers, generations and logins.
#include "rmqlag/session.h"

#include <functional>
#include <map>

#include "support/catch.h"

using namespace rmqlag;

namespace {

Session session_for(const std::string& url = "http://console:8080", const std::string& user = "", const std::string& password = "") {
  return Session(*finalize({url, user, password, {}, ""}));
}

HttpResponse response(int status, std::string body, std::vector<Header> headers = {}) { return {status, std::move(headers), std::move(body)}; }

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const Header& header : request.headers)
    if (header.name == name) return header.value;
  return "";
}

/// Drives a login to its end with canned answers; returns what went wrong, and what was asked.
struct Exchange {
  std::vector<std::string> asked;
  Expected<void> end;
};

Exchange log_in(Session& session, std::map<Endpoint, HttpResponse> answers) {
  Exchange exchange;
  while (const auto call = session.next_login_call()) {
    exchange.asked.push_back(session.request(*call).url);
    const auto found = answers.find(call->endpoint);
    const Expected<HttpResponse> answer =
        found == answers.end() ? Expected<HttpResponse>(Error{ErrorCode::not_recorded, "not there"}) : Expected<HttpResponse>(found->second);
    exchange.end = session.login_answer(*call, answer);
    if (!exchange.end) break;
  }
  return exchange;
}

const HttpResponse wants_login = response(200, R"({"status":0,"data":{"loginRequired":true,"logined":false},"errMsg":null})");
const HttpResponse no_login = response(200, R"({"status":0,"data":{"loginRequired":false,"logined":false},"errMsg":null})");
const HttpResponse accepted = response(200, R"({"status":0,"data":{"loginUserName":"u","loginUserRole":1,"contextPath":""},"errMsg":null})",
                                       {{"Set-Cookie", "JSESSIONID=abc; Path=/; HttpOnly"}});

}  // namespace

TEST_CASE("every endpoint has its URL, encoded so that Tomcat reads it back") {
  const Session session = session_for("http://console:8080/rmq/");
  const auto [call, path] = GENERATE(table<Call, std::string>({
      {{Endpoint::topic_list, "", "", ""}, "/topic/list.query"},
      {{Endpoint::consumers_by_topic, "%RETRY%g", "", ""}, "/topic/queryConsumerByTopic.query?topic=%25RETRY%25g"},
      {{Endpoint::consumers_by_topic, "pipe|dash-under_score", "", ""}, "/topic/queryConsumerByTopic.query?topic=pipe%7Cdash-under_score"},
      {{Endpoint::consumers_by_topic, "%RETRY%g+t", "", ""}, "/topic/queryConsumerByTopic.query?topic=%25RETRY%25g%2Bt"},
      {{Endpoint::group_list, "", "", ""}, "/consumer/groupList.query?skipSysGroup=true"},
      {{Endpoint::group, "", "svc%billing|eu", ""}, "/consumer/group.query?consumerGroup=svc%25billing%7Ceu"},
      {{Endpoint::consumer_connection, "", "g", "10.0.0.1:10911"}, "/consumer/consumerConnection.query?consumerGroup=g&address=10.0.0.1%3A10911"},
      {{Endpoint::topics_by_consumer, "", "g", ""}, "/consumer/queryTopicByConsumer.query?consumerGroup=g"},
      {{Endpoint::cluster_list, "", "", ""}, "/cluster/list.query"},
      {{Endpoint::home_page, "", "", ""}, "/ops/homePage.query"},
      {{Endpoint::login_check, "", "", ""}, "/login/check.query"},
      {{Endpoint::csrf_token, "", "", ""}, "/rocketmq-dashboard/csrf-token"},
      {{Endpoint::topic_stats, "%DLQ%g", "", ""}, "/topic/stats.query?topic=%25DLQ%25g"},
  }));
  const HttpRequest request = session.request(call);
  CHECK(request.method == "GET");
  CHECK(request.url == "http://console:8080/rmq" + path);
  CHECK(request.body.empty());
  CHECK(header_of(request, "Origin").empty());
}

TEST_CASE("a first look at an answer") {
  Session session = session_for();
  const Call list{Endpoint::topic_list, "", "", ""}, topic{Endpoint::consumers_by_topic, "t", "", ""};
  const auto code = [&](const Call& call, const HttpResponse& answer) {
    const auto end = session.accept(call, answer);
    return end ? std::string("ok") : std::string(to_string(end.error().code));
  };
  CHECK(code(topic, response(200, "{}", {{"Content-Type", "text/html"}})) == "ok");  // content types lie
  CHECK(code(topic, response(302, "", {{"location", "http://h/ctx/#/login?redirect=x"}})) == "login_lost");
  CHECK(code(topic, response(302, "", {{"Location", "http://elsewhere/"}})) == "bad_answer");
  CHECK(code(topic, response(200, "  \n<!doctype html>")) == "bad_answer");
  CHECK(code(topic, response(200, "")) == "bad_answer");
  CHECK(code(topic, response(404, "")) == "bad_answer");
  CHECK(code(topic, response(500, "{}")) == "bad_answer");
  CHECK(code(topic, response(401, "{}")) == "no_permission");
  CHECK(code(topic, response(403, "Invalid CORS request")) == "no_permission");
  CHECK(code(list, response(401, R"({"code":401,"message":"Unauthorized","data":null})")) == "not_a_console");
  const auto missing = session.accept(list, response(404, "<html>"));
  CHECK(missing.error().message == "404 at /topic/list.query: is a context path missing in the console's URL?");

  SECTION("HTML after a login is a lost session behind a proxy that follows redirects; without one it is not") {
    session = session_for("http://console:8080", "u", "p");
    CHECK(code(topic, response(200, "<html>")) == "bad_answer");
    log_in(session, {{Endpoint::login_check, wants_login}, {Endpoint::csrf_token, response(404, "")}, {Endpoint::login, accepted}});
    CHECK(code(topic, response(200, "<html>")) == "login_lost");
  }
}

TEST_CASE("logging in as each generation wants it") {
  SECTION("no login wanted: one question") {
    Session session = session_for();
    const auto exchange = log_in(session, {{Endpoint::login_check, no_login}});
    CHECK(exchange.end.has_value());
    CHECK(exchange.asked.size() == 1);
  }
  SECTION("G0 has none, and says so in JSON") {
    Session session = session_for();
    log_in(session, {{Endpoint::login_check, response(404, R"({"timestamp":1,"status":404,"path":"/login/check.query"})")}});
    CHECK(session.generation() == "G0");
  }
  SECTION("an empty 404 tells nothing") {
    Session session = session_for();
    CHECK(log_in(session, {{Endpoint::login_check, response(404, "")}}).end.has_value());
    CHECK(session.generation().empty());
  }
  SECTION("G1 to G4: a form") {
    Session session = session_for("http://console:8080", "us er", "p&=%");
    const auto first = session.next_login_call();
    REQUIRE(session.login_answer(*first, wants_login));
    const auto csrf = session.next_login_call();
    REQUIRE(csrf->endpoint == Endpoint::csrf_token);
    REQUIRE(session.login_answer(*csrf, response(404, "")));
    const HttpRequest login = session.request(*session.next_login_call());
    CHECK(login.method == "POST");
    CHECK(login.url == "http://console:8080/login/login.do");
    CHECK(login.body == "username=us%20er&password=p%26%3D%25");
    CHECK(header_of(login, "Content-Type") == "application/x-www-form-urlencoded");
    REQUIRE(session.login_answer(*session.next_login_call(), accepted));
    CHECK_FALSE(session.next_login_call().has_value());
    CHECK(header_of(session.request({Endpoint::topic_list, "", "", ""}), "Cookie") == "JSESSIONID=abc");
    CHECK(session.generation() == "G1-G4");
  }
  SECTION("G5: JSON, with token and cookie") {
    Session session = session_for("http://console:8080", "u", "p\"");
    REQUIRE(session.login_answer(*session.next_login_call(), wants_login));
    REQUIRE(session.login_answer(*session.next_login_call(),
                                 response(200, R"({"status":0,"data":{"headerName":"X-XSRF-TOKEN","parameterName":"_csrf","token":"t0ken"},"errMsg":null})",
                                          {{"Set-Cookie", "XSRF-TOKEN=t0ken; Path=/"}})));
    const HttpRequest login = session.request(*session.next_login_call());
    CHECK(login.body == R"({"username":"u","password":"p\""})");
    CHECK(header_of(login, "X-XSRF-TOKEN") == "t0ken");
    CHECK(header_of(login, "Cookie") == "XSRF-TOKEN=t0ken");
    CHECK(header_of(login, "Content-Type") == "application/json");
    REQUIRE(session.login_answer(*session.next_login_call(), accepted));
    CHECK(header_of(session.request({Endpoint::topic_list, "", "", ""}), "Cookie") == "XSRF-TOKEN=t0ken; JSESSIONID=abc");
    CHECK(session.generation() == "G5");
  }
  SECTION("a bad password, in the console's words and none of ours") {
    Session session = session_for("http://console:8080", "u", "s3cret");
    const auto exchange = log_in(session, {{Endpoint::login_check, wants_login},
                                           {Endpoint::csrf_token, response(404, "")},
                                           {Endpoint::login, response(200, R"({"status":-1,"data":null,"errMsg":"Bad username or password!"})")}});
    REQUIRE_FALSE(exchange.end.has_value());
    CHECK(exchange.end.error().code == ErrorCode::login_rejected);
    CHECK_THAT(exchange.end.error().message, ContainsSubstring("Bad username or password!") && !ContainsSubstring("s3cret"));
  }
  SECTION("a login is wanted and nobody gave one") {
    Session session = session_for();
    const auto exchange = log_in(session, {{Endpoint::login_check, wants_login}});
    REQUIRE_FALSE(exchange.end.has_value());
    CHECK(exchange.end.error().code == ErrorCode::login_lost);
  }
  SECTION("a lost session logs in again, without the question") {
    Session session = session_for("http://console:8080", "u", "p");
    log_in(session, {{Endpoint::login_check, wants_login}, {Endpoint::csrf_token, response(404, "")}, {Endpoint::login, accepted}});
    session.login_was_lost();
    CHECK(header_of(session.request({Endpoint::topic_list, "", "", ""}), "Cookie").empty());
    CHECK(session.next_login_call()->endpoint == Endpoint::csrf_token);
  }
  SECTION("a transport that fails is told as it is") {
    Session session = session_for();
    const auto end = session.login_answer(*session.next_login_call(), Error{ErrorCode::refused, "connection refused"});
    CHECK(end.error().code == ErrorCode::refused);
  }
}

TEST_CASE("what answers show of the generation") {
  const auto generation = [](const std::vector<std::function<void(Session&)>>& seen) {
    Session session = session_for();
    for (const auto& see : seen) see(session);
    return session.generation();
  };
  const auto home = [](std::optional<std::string> namesrv) { return [=](Session& session) { session.learn(HomePage{namesrv}); }; };
  const auto groups = [](bool address, bool update_time) {
    return [=](Session& session) {
      GroupInfo info;
      info.has_address_member = address;
      info.has_update_time_member = update_time;
      session.learn(std::vector<GroupInfo>{info});
    };
  };
  const auto topics = [](std::vector<std::string> names) { return [=](Session& session) { session.learn(TopicList{names}); }; };
  CHECK(generation({}).empty());
  CHECK(generation({home("ns:1")}) == "G3-G5");
  CHECK(generation({home(std::nullopt)}) == "G0-G2");
  CHECK(generation({home(std::nullopt), topics({"%SYS%TBW102"})}) == "G1-G2");
  CHECK(generation({topics({"TBW102", "orders"})}) == "G0");
  CHECK(generation({home("ns:1"), groups(true, false)}) == "G3");
  CHECK(generation({home("ns:1"), groups(true, true)}) == "G4-G5");
  CHECK(generation({home("ns:1"), topics({"TBW102"})}).empty());  // contradictions are no knowledge
  Session session = session_for();
  CHECK_FALSE(session.needs_address());
  session.learn(HomePage{"ns:1"});
  CHECK(session.needs_address());
}

TEST_CASE("cookies are replaced and removed by name") {
  Session session = session_for();
  const Call call{Endpoint::topic_list, "", "", ""};
  REQUIRE(session.accept(call, response(200, "{}", {{"Set-Cookie", "A=1; Path=/"}, {"set-cookie", "B=2"}})));
  REQUIRE(session.accept(call, response(200, "{}", {{"SET-COOKIE", "A=3"}, {"Set-Cookie", "B=; Max-Age=0"}, {"Set-Cookie", "=odd"}})));
  CHECK(header_of(session.request(call), "Cookie") == "A=3");
}
