// har_replay_test.cc: recordings answer as the console did, keep their own time, and fail with a place where they are no recordings.
#include "rmqlag/har.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/recordings.h"

using namespace rmqlag;
using namespace rmqlag::test;
using namespace std::chrono_literals;

namespace {

const std::string host = "http://console:8080";
const std::string list = host + "/topic/list.query";
const std::string orders = host + "/topic/queryConsumerByTopic.query?topic=orders";

std::unique_ptr<HarReplay> replay(const std::string& text) {
  auto parsed = HarReplay::parse("test.har", text);
  INFO((parsed ? "" : parsed.error().message));
  REQUIRE(parsed);
  return std::move(*parsed);
}

std::unique_ptr<HarReplay> replay(const std::vector<Entry>& entries) { return replay(har_text(entries)); }

Wall at(std::chrono::milliseconds offset) { return Wall(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) + 12h + offset; }

}  // namespace

TEST_CASE("The console is what stands before a known endpoint") {
  struct Case {
    std::string url, base;
  };
  const auto c = GENERATE(values<Case>({
      {"http://console:8080/topic/list.query", "http://console:8080"},
      {"http://console/topic/list.query?skipSysProcess=true", "http://console"},
      {"https://user:secret@console:8443/rmq/topic/queryConsumerByTopic.query?topic=a", "https://console:8443/rmq"},
      {"http://[2001:db8::7]:8080/a/b/consumer/groupList.query", "http://[2001:db8::7]:8080/a/b"},
      {"http://console/consumer/consumer/group.query?consumerGroup=g", "http://console/consumer"},
      {"http://console/rmq/rocketmq-dashboard/csrf-token", "http://console/rmq"},
      {"http://console/topic/login/login.do", "http://console/topic"},
      {"http://console/x/ops/homePage.query#top", "http://console/x"},
  }));
  CAPTURE(c.url);
  CHECK(replay({{.url = c.url}})->base_url() == c.base);
}

TEST_CASE("A request is matched by method, path and all parameters, then by what it asks about") {
  const auto r = replay({
      {.url = host + "/topic/queryConsumerByTopic.query?topic=orders&v=1", .body = "v1"},
      {.url = host + "/topic/queryConsumerByTopic.query?topic=orders&v=2", .body = "v2"},
      {.url = host + "/topic/queryConsumerByTopic.query?topic=a%25b", .body = "percent"},
      {.url = host + "/topic/queryConsumerByTopic.query?topic=orders", .body = "post", .method = "POST"},
      {.url = host + "/consumer/queryTopicByConsumer.query?consumerGroup=g&address=10.0.0.1%3A10911", .body = "broker 1"},
      {.url = host + "/consumer/queryTopicByConsumer.query?consumerGroup=g&address=10.0.0.2%3A10911", .body = "broker 2"},
      {.url = host + "/consumer/groupList.query?skipSysGroup=false&address=", .body = "groups"},
      {.url = list + "?skipSysProcess=true", .body = "list"},
  });
  const std::string nothing = "not_recorded: not in the recording: ";
  struct Case {
    std::string method, target, body;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"GET", "/topic/queryConsumerByTopic.query?v=2&topic=orders", "v2"},
      {"GET", "/topic/queryConsumerByTopic.query?topic=%6Frders&v=1", "v1"},
      {"GET", "/topic/queryConsumerByTopic.query?topic=orders&v=3", "v1"},
      {"GET", "/topic/queryConsumerByTopic.query?topic=orders", "v1"},
      {"GET", "/topic/queryConsumerByTopic.query?topic=a%25b", "percent"},
      {"POST", "/topic/queryConsumerByTopic.query?topic=orders", "post"},
      {"GET", "/consumer/queryTopicByConsumer.query?address=10.0.0.2:10911&consumerGroup=g", "broker 2"},
      {"GET", "/consumer/groupList.query?address=", "groups"},
      {"GET", "/topic/list.query", "list"},
      {"GET", "/consumer/queryTopicByConsumer.query?consumerGroup=g",
       nothing + "GET http://console:8080/consumer/queryTopicByConsumer.query?consumerGroup=g"},
      {"GET", "/topic/queryConsumerByTopic.query?topic=payments",
       nothing + "GET http://console:8080/topic/queryConsumerByTopic.query?topic=payments"},
      {"GET", "/topic/queryConsumerByTopic.query", nothing + "GET http://console:8080/topic/queryConsumerByTopic.query"},
      {"HEAD", "/topic/list.query", nothing + "HEAD http://console:8080/topic/list.query"},
      {"GET", "/rmq/topic/list.query", nothing + "GET http://console:8080/rmq/topic/list.query"},
  }));
  CAPTURE(c.method, c.target);
  CHECK(body_of(ask(*r, host + c.target, c.method)) == c.body);
}

TEST_CASE("Repeats advance within a pass and the last one stays") {
  const auto r = replay({{.url = orders, .body = "1"}, {.url = list, .body = "list"}, {.url = orders, .body = "2"}});
  for (int pass = 0; pass < 2; ++pass) {
    r->begin_collection();
    for (const std::string expected : {"1", "2", "2", "2"}) CHECK(body_of(ask(*r, orders)) == expected);
    CHECK(body_of(ask(*r, list)) == "list");
  }
}

TEST_CASE("Entries are in the order of time, and in the file's where they began together") {
  const auto r = replay({{.url = orders, .body = "third", .started = "2026-11-22T13:00:00.002+01:00"},
                         {.url = orders, .body = "first", .started = "2026-11-22T12:00:00.001Z"},
                         {.url = orders, .body = "second", .started = "2026-11-22T12:00:00.001Z"}});
  CHECK(r->now().wall == at(1ms));
  for (const std::string expected : {"first", "second", "third"}) CHECK(body_of(ask(*r, orders)) == expected);
}

TEST_CASE("Without a topic list, one is made of the topics that were asked for") {
  const auto query = [](const std::string& topic) { return Entry{.url = host + "/topic/queryConsumerByTopic.query?topic=" + topic}; };
  SECTION("sorted, each once") {
    const auto r = replay({query("b%22"), query("a"), query("b%22"), query("")});
    CHECK(body_of(ask(*r, list)) == R"({"status":0,"data":{"topicList":["a","b\""],"brokerAddr":null},"errMsg":null})");
    CHECK(body_of(ask(*r, list + "?skipSysProcess=true")) == body_of(ask(*r, list)));
    CHECK(r->now().wall == at(0ms));
  }
  SECTION("not where there is one, whatever it says") {
    const auto r = replay({query("a"), Entry{.url = list, .body = "no", .status = 500}});
    CHECK(body_of(ask(*r, list)) == "no");
  }
  SECTION("not out of nothing") {
    const auto r = replay({Entry{.url = host + "/consumer/groupList.query"}});
    CHECK(body_of(ask(*r, list)) == "not_recorded: not in the recording: GET " + list);
  }
}

TEST_CASE("A login is answered by the accepted one, and what follows by what is behind it") {
  const std::string login = host + "/login/login.do";
  const std::string accepted = R"({"status":0,"data":{"loginUserName":"a"},"errMsg":null})";
  const std::string rejected = R"({"status":-1,"data":null,"errMsg":"Bad username or password!"})";

  SECTION("twice: a session that was lost") {
    const auto r = replay({
        {.url = list, .body = "", .status = 302},
        {.url = login, .body = rejected, .method = "POST"},
        {.url = login, .body = accepted, .method = "POST"},
        {.url = list, .body = "first session"},
        {.url = host + "/ops/homePage.query", .body = "only here"},
        {.url = list, .body = "", .status = 302},
        {.url = login, .body = accepted + " ", .method = "POST"},
        {.url = list + "?x=1", .body = "second session"},
    });
    for (int pass = 0; pass < 2; ++pass) {
      r->begin_collection();
      CHECK(ask(*r, list)->status == 302);
      CHECK(body_of(ask(*r, HttpRequest{"POST", login, {}, "username=any&password=any"})) == accepted);
      CHECK(body_of(ask(*r, list)) == "first session");
      CHECK(ask(*r, list)->status == 302);
      CHECK(body_of(ask(*r, login, "POST")) == accepted + " ");
      CHECK(body_of(ask(*r, list)) == "second session");
      CHECK(body_of(ask(*r, host + "/ops/homePage.query")) == "only here");
      CHECK(body_of(ask(*r, login, "POST")) == accepted + " ");
    }
  }
  SECTION("none accepted: the first") {
    const auto r = replay({{.url = list},
                           {.url = login, .body = rejected, .method = "POST"},
                           {.url = login, .body = "2", .method = "POST"}});
    CHECK(body_of(ask(*r, login, "POST")) == rejected);
    CHECK(body_of(ask(*r, login, "POST")) == rejected);
  }
  SECTION("none at all") {
    const auto r = replay({{.url = list}});
    CHECK(body_of(ask(*r, login + "?password=hunter2", "POST")) == "not_recorded: not in the recording: POST " + login + "?password=***");
  }
}

TEST_CASE("Captured logins lead to the lag") {
  std::vector<std::string> files = captured_files("/login.har");
  for (const auto& file : captured_files("context-path-login.har")) files.push_back(file);
  for (const auto& file : captured_files("login-after-restart.har")) files.push_back(file);
  for (const std::string& file : files) {
    CAPTURE(file);
    const auto opened = HarReplay::open({file});
    REQUIRE(opened);
    HarReplay& r = **opened;
    for (int pass = 0; pass < 2; ++pass) {
      r.begin_collection();
      CHECK_THAT(body_of(ask(r, r.base_url() + "/login/check.query")), ContainsSubstring("\"logined\":false"));
      if (!file.ends_with("restart.har")) CHECK(ask(r, r.base_url() + "/rocketmq-dashboard/csrf-token"));
      CHECK_THAT(body_of(ask(r, r.base_url() + "/login/login.do", "POST")), ContainsSubstring("{\"status\":0"));
      const auto topics = ask(r, r.base_url() + "/topic/list.query");
      REQUIRE(topics);
      CHECK(topics->status == 200);
      CHECK_THAT(topics->body, ContainsSubstring("\"topicList\":["));
      const auto lag = ask(r, r.base_url() + "/topic/queryConsumerByTopic.query?topic=orders");
      REQUIRE(lag);
      CHECK(lag->status == 200);
      CHECK_THAT(lag->body, ContainsSubstring("\"g-multi\":{"));
    }
  }
}

TEST_CASE("Every captured recording opens, with its context path") {
  for (const std::string& file : captured_files()) {
    CAPTURE(file);
    const auto opened = HarReplay::open({file});
    REQUIRE(opened);
    const bool below_context = file.ends_with("context-path.har") || file.ends_with("context-path-login.har");
    CHECK((*opened)->base_url().ends_with("/rmq") == below_context);
  }
}

TEST_CASE("The clock is the latest end among the answers handed over") {
  const auto r = replay({{.url = list, .started = "2026-11-22T12:00:00.000Z", .time_ms = 10},
                         {.url = orders, .started = "2026-11-22T12:00:01.000Z", .time_ms = 5000},
                         {.url = orders, .started = "2026-11-22T12:00:02.000Z", .time_ms = 20}});
  const Steady origin = r->now().steady;
  CHECK(r->now().wall == at(0ms));
  REQUIRE(ask(*r, orders));
  CHECK(r->now().wall == at(6s));
  CHECK(r->now().steady == origin + 6s);
  REQUIRE(ask(*r, orders));  // ends before
  REQUIRE(ask(*r, list));
  CHECK_FALSE(ask(*r, host + "/no/such.query"));
  CHECK(r->now().wall == at(6s));

  SECTION("waiting for an instant reaches it") {
    CHECK_FALSE(r->wait(origin + 60s, {}));
    CHECK(r->now().steady == origin + 60s);
    CHECK(r->now().wall == at(6s));
    CHECK_FALSE(r->wait(origin, {}));
    CHECK_FALSE(r->wait(Steady::max(), {}));
    CHECK(r->now().steady == origin + 60s);
  }
  SECTION("running, it goes on with the system's") {
    r->run_clock(true);
    const Now before = r->now();
    const Steady system = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() < system + 5ms) {
    }
    const Now after = r->now();
    CHECK(after.steady - before.steady >= 5ms);
    CHECK(after.wall - before.wall >= 4ms);
    REQUIRE(ask(*r, orders));  // an earlier end does not set it back
    CHECK(r->now().wall >= after.wall);
    r->run_clock(false);
    const Now stopped = r->now();
    CHECK(stopped.steady >= after.steady);
    CHECK(r->now().steady == stopped.steady);
  }
}

TEST_CASE("Durations that make no sense count as none") {
  const auto time = GENERATE(values<std::string>({"-1", "-1e300", "null", "\"10\"", "{}"}));
  CAPTURE(time);
  std::string text = entry_text({.url = orders, .time_ms = 77});
  text.replace(text.find("77"), 2, time);
  const auto r = replay(har_text(std::vector<std::string>{text}));
  REQUIRE(ask(*r, orders));
  CHECK(r->now().wall == at(0ms));
}

TEST_CASE("Requests end in the order they were started, whatever their time-out") {
  const auto r = replay({{.url = orders, .body = "orders", .time_ms = 90'000}, {.url = list, .body = "list"}});
  r->start(7, {"GET", list, {}, {}}, 1ms);
  r->start(8, {"GET", orders, {}, {}}, 1ms);
  r->start(9, {"GET", orders, {}, {}}, 1ms);
  r->abandon(8);
  r->abandon(1000);
  const auto first = r->wait(r->now().steady, {});
  REQUIRE(first);
  CHECK(first->id == 7);
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(r->wait(Steady::max(), stop.get_token()));
  const auto second = r->wait(r->now().steady, {});
  REQUIRE(second);
  CHECK(second->id == 9);
  CHECK(body_of(second->result) == "orders");
  CHECK_FALSE(r->wait(r->now().steady, {}));
}

TEST_CASE("Files play one a pass, and the last again and again") {
  const TemporaryFile one, two;
  std::ofstream(one.name()) << har_text(std::vector<Entry>{{.url = orders, .body = "one"}});
  // another host and context path, an hour later
  std::ofstream(two.name()) << har_text(std::vector<Entry>{
      {.url = "https://other/rmq/topic/queryConsumerByTopic.query?topic=orders", .body = "two", .started = "2026-11-22T13:00:00Z"}});
  const auto opened = HarReplay::open({one.name(), two.name()});
  REQUIRE(opened);
  HarReplay& r = **opened;
  const Steady origin = r.now().steady;
  CHECK(r.base_url() == host);
  CHECK(body_of(ask(r, orders)) == "one");  // before any collection
  r.begin_collection();
  CHECK(body_of(ask(r, orders)) == "one");
  r.begin_collection();
  CHECK(r.now().steady == origin + 1h);
  CHECK(body_of(ask(r, orders)) == "two");
  r.begin_collection();
  CHECK(body_of(ask(r, orders)) == "two");
  CHECK(r.now().wall == at(1h + 10ms));
}

namespace {

struct Page {
  std::string id, started;
};

/// As the recorder writes it: the pages behind the entries.
std::string paged_text(const std::vector<Page>& pages, const std::vector<Entry>& entries, const std::string& creator = "rmqlag") {
  std::string text = har_text(entries);
  text.insert(text.find("\"version\""), R"("creator":{"name":")" + creator + R"(","version":"1"},)");
  text.resize(text.size() - 2);
  text += ",\"pages\":[";
  for (const Page& page : pages) {
    if (!text.ends_with('[')) text += ',';
    text += R"({"startedDateTime":")" + page.started + R"(","id":")" + page.id + R"(","title":"","pageTimings":{}})";
  }
  return text + "]}}";
}

Entry on_page(const std::string& page, Entry entry) {
  entry.more += R"(,"pageref":")" + page + '"';
  return entry;
}

const std::vector<Page> two_pages{{"a", "2026-11-22T12:00:00Z"}, {"b", "2026-11-22T12:05:00Z"}};
const std::vector<Entry> on_two_pages{on_page("a", {.url = orders, .body = "a1"}),
                                      on_page("b", {.url = orders, .body = "b1", .started = "2026-11-22T12:05:01Z"}),
                                      on_page("a", {.url = orders, .body = "a2", .started = "2026-11-22T12:00:02Z"}),
                                      on_page("a", {.url = list, .body = "only here"})};

}  // namespace

TEST_CASE("The recorder's pages play one a pass, and the last again and again") {
  const auto r = replay(paged_text(two_pages, on_two_pages));
  CHECK(r->passes() == 2);
  CHECK(body_of(ask(*r, orders)) == "a1");  // before any collection
  r->begin_collection();
  for (const std::string expected : {"a1", "a2", "a2"}) CHECK(body_of(ask(*r, orders)) == expected);
  CHECK(body_of(ask(*r, list)) == "only here");
  for (int pass = 0; pass < 2; ++pass) {
    r->begin_collection();
    if (pass == 0) CHECK(r->now().wall == at(5min));  // the page's, which began before its first entry
    CHECK(body_of(ask(*r, orders)) == "b1");
    CHECK_THAT(body_of(ask(*r, list)), ContainsSubstring(R"("topicList":["orders"])"));  // its own, not the other page's
    CHECK(r->now().wall == at(5min + 1s + 10ms));
  }
}

TEST_CASE("Behind a file's last page comes the next file") {
  const TemporaryFile paged, plain;
  std::ofstream(paged.name()) << paged_text(two_pages, on_two_pages);
  std::ofstream(plain.name()) << har_text(std::vector<Entry>{{.url = orders, .body = "plain"}});
  for (const bool paged_first : {true, false}) {
    const auto opened = paged_first ? HarReplay::open({paged.name(), plain.name()}) : HarReplay::open({plain.name(), paged.name()});
    REQUIRE(opened);
    CHECK((*opened)->passes() == 3);
    std::vector<std::string> played;
    for (int pass = 0; pass < 4; ++pass) {
      (*opened)->begin_collection();
      played.push_back(body_of(ask(**opened, orders)));
    }
    const std::vector<std::string> in_order =
        paged_first ? std::vector<std::string>{"a1", "b1", "plain", "plain"} : std::vector<std::string>{"plain", "a1", "b1", "b1"};
    CHECK(played == in_order);
  }
}

TEST_CASE("Pages of browsers are no passes") {
  const auto creator = GENERATE(values<std::string>({"Firefox", "WebInspector", "", "rmqlag2"}));
  CAPTURE(creator);
  const auto r = replay(paged_text(two_pages, on_two_pages, creator));
  CHECK(r->passes() == 1);
  for (int pass = 0; pass < 2; ++pass) {
    r->begin_collection();
    for (const std::string expected : {"a1", "a2", "b1", "b1"}) CHECK(body_of(ask(*r, orders)) == expected);
    CHECK(body_of(ask(*r, list)) == "only here");
  }
}

TEST_CASE("Pages and entries that do not match") {
  SECTION("entries of no page are of the first") {
    auto entries = on_two_pages;
    entries.push_back({.url = orders, .body = "before", .started = "2026-11-22T11:00:00Z"});
    const auto r = replay(paged_text(two_pages, entries));
    CHECK(r->passes() == 2);
    for (const std::string expected : {"before", "a1"}) CHECK(body_of(ask(*r, orders)) == expected);
  }
  SECTION("a page without entries is a pass that holds nothing") {
    const auto r = replay(paged_text({two_pages[0], {"empty", "2026-11-22T12:02:00Z"}, two_pages[1]}, on_two_pages));
    CHECK(r->passes() == 3);
    for (int pass = 0; pass < 2; ++pass) r->begin_collection();
    CHECK(r->now().wall == at(2min));
    for (const std::string& url : {orders, list}) CHECK(body_of(ask(*r, url)) == "not_recorded: not in the recording: GET " + url);
    r->begin_collection();
    CHECK(body_of(ask(*r, orders)) == "b1");
  }
  SECTION("no pages: one pass") { CHECK(replay(paged_text({}, on_two_pages))->passes() == 1); }
  SECTION("what cannot be put anywhere is told") {
    struct Case {
      std::vector<Page> pages;
      std::string message;
    };
    const auto c = GENERATE(values<Case>({
        {{two_pages[0]}, "test.har: an entry's pageref is no page's id"},
        {{two_pages[0], {"b", "yesterday"}}, "test.har: page 2: startedDateTime is no time"},
    }));
    const auto parsed = HarReplay::parse("test.har", paged_text(c.pages, on_two_pages));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::bad_file);
    CHECK(parsed.error().message == c.message);
  }
}

TEST_CASE("Failures are replayed as failures") {
  struct Case {
    std::string more, result;
  };
  const auto c = GENERATE(values<Case>({
      {R"(,"_error":"timeout","comment":"no answer in 30 s")", "timeout: no answer in 30 s"},
      {R"(,"_error":"tls")", "tls: tls"},
      {R"(,"_error":"net::ERR_CONNECTION_REFUSED")", "refused: net::ERR_CONNECTION_REFUSED"},
      {R"(,"_error":"net::ERR_NAME_NOT_RESOLVED")", "dns: net::ERR_NAME_NOT_RESOLVED"},
      {R"(,"_error":"net::ERR_CONNECTION_TIMED_OUT")", "timeout: net::ERR_CONNECTION_TIMED_OUT"},
      {R"(,"_error":"net::ERR_TIMED_OUT")", "timeout: net::ERR_TIMED_OUT"},
      {R"(,"_error":"net::ERR_CERT_AUTHORITY_INVALID")", "tls: net::ERR_CERT_AUTHORITY_INVALID"},
      {R"(,"_error":"net::ERR_SSL_PROTOCOL_ERROR")", "tls: net::ERR_SSL_PROTOCOL_ERROR"},
      {R"(,"_error":"net::ERR_ABORTED")", "reset: net::ERR_ABORTED"},
      {R"(,"_error":"login_lost")", "reset: login_lost"},  // not a transport's to say
      {R"(,"response":{"status":0,"_error":"net::ERR_ADDRESS_UNREACHABLE"})", "refused: net::ERR_ADDRESS_UNREACHABLE"},
      {R"(,"_error":"reset","comment":"two\nlines \u001b[31m")", "reset: two lines  [31m"},
      {"", "reset: recorded without an answer"},
  }));
  CAPTURE(c.more);
  const auto r = replay({{.url = list, .body = "", .status = 0, .more = c.more}, {.url = orders}});
  CHECK(body_of(ask(*r, list)) == c.result);
}

TEST_CASE("A recorded failure does not show a client id") {
  const auto r = replay({{.url = list, .status = 0, .more = R"(,"_error":"reset","comment":"<10.0.0.24@AKID|NOTASECRET|g|4242> left")"}});
  CHECK_THAT(body_of(ask(*r, list)), !ContainsSubstring("NOTASECRET"));
}

TEST_CASE("Recordings of browsers") {
  const auto with_content = [](const std::string& content, int status = 200) {
    return R"({"startedDateTime":"2026-11-22T12:00:00.000Z","time":1.5,"request":{"method":"GET","url":")" + list +
           R"("},"response":{"status":)" + std::to_string(status) + R"(,"content":)" + content + "}}";
  };
  const auto body = [&](const std::string& content, int status = 200) {
    return body_of(ask(*replay(har_text(std::vector<std::string>{with_content(content, status)})), list));
  };
  SECTION("base64 bodies") {
    CHECK(body(R"({"text":"eyJhIjoxfQ==","encoding":"base64"})") == R"({"a":1})");
    CHECK(body(R"({"encoding":"base64","text":"eyJhIjoxfQ"})") == R"({"a":1})");
    CHECK(body(R"({"text":"","encoding":"base64"})").empty());
    CHECK(body(R"({"text":"eyJhIjoxfQ=="})") == "eyJhIjoxfQ==");
  }
  SECTION("bodies that were not saved") {
    const std::string missing = "not_recorded: the recording holds no body for GET " + list;
    CHECK(body(R"({"size":4711,"mimeType":"application/json"})") == missing);
    CHECK(body(R"({})") == missing);
    CHECK(body(R"({"size":0})").empty());
    CHECK(body(R"({"size":4711})", 302).empty());
  }
  SECTION("a byte order mark, pages, call stacks, style sheets, other hosts") {
    std::string stack = R"({"callFrames":[]})";
    for (int depth = 0; depth < 400; ++depth) stack = R"({"parent":)" + stack + "}";
    const std::string other =
        entry_text({.url = "http://ads:8080/topic/list.query", .body = "other host", .started = "2026-11-22T12:00:01Z"});
    const std::string style = R"({"startedDateTime":"?","request":{"method":"GET","url":"http://console:8080/style.css"},"response":{}})";
    std::string own = with_content(R"({"text":"own"})");
    own.insert(own.size() - 1, R"(,"_initiator":{"type":"script","stack":)" + stack + R"(},"pageref":"page_1")");
    const std::string head = R"({"log":{"pages":[{"id":"page_1","title":"x"}],"version":"1.2","browser":{"name":"Firefox"},"entries":[)";
    const auto r = replay("\xEF\xBB\xBF" + head + style + "," + other + "," + own + "]}}");
    CHECK(r->base_url() == host);
    CHECK(body_of(ask(*r, list)) == "own");
    CHECK(body_of(ask(*r, list)) == "own");
  }
  SECTION("headers that say something about the answer, in any case") {
    const auto r = replay(har_text(std::vector<std::string>{
        R"({"startedDateTime":"2026-11-22T12:00:00.000Z","time":1,"request":{"method":"GET","url":")" + list +
        R"("},"response":{"status":302,"headers":[{"name":"location","value":"/login"},{"name":"Set-Cookie","value":"JSESSIONID=x"},)"
        R"({"value":"gzip","name":"content-encoding"}],"content":{"size":0}}})"}));
    const auto answer = ask(*r, list);
    REQUIRE(answer);
    CHECK(answer->header("Location") == "/login");
    CHECK(answer->headers.size() == 1);
  }
}

TEST_CASE("What is no recording of a console is told with its place") {
  const std::string good = entry_text({.url = list});
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return har_text(std::vector<std::string>{good, text});
  };
  struct Case {
    std::string text, message;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"", "test.har: not JSON: byte 0: "},
      {har_text(std::vector<std::string>{good + "x"}), "test.har: not JSON: byte "},
      {har_text(std::vector<std::string>{good}) + "x", "test.har: not JSON: byte "},
      {"[]", "test.har: not a HAR file: no log.entries"},
      {R"({"log":{"entries":{}}})", "test.har: not a HAR file: no log.entries"},
      {R"({"log":{"version":"2.0","entries":[)" + good + "]}}", "test.har: not HAR 1.2"},
      {R"({"log":{"version":"1.2","entries":[]}})", "test.har: no request to a console"},
      {har_text(std::vector<Entry>{{.url = "http://console/index.html"}}), "test.har: no request to a console"},
      {har_text(std::vector<Entry>{{.url = "/topic/list.query"}}), "test.har: no request to a console"},
      {har_text(std::vector<Entry>{{.url = "http://console/other.query"}}), "test.har: no request to a console"},
      {with("2026-11-22T12", "yesterday"), "test.har: entry 2: startedDateTime"},
      {with("2026-", "9999-"), "test.har: entry 2: startedDateTime"},
      {with("\"status\":200", "\"status\":\"200\""), "test.har: entry 2: response.status"},
      {with("\"status\":200", "\"status\":9223372036854775807"), "test.har: entry 2: response.status"},
      {with("\"method\"", "\"verb\""), "test.har: entry 2: request.method"},
      {with("\"text\":\"", "\"encoding\":\"base64\",\"text\":\"?"), "test.har: entry 2: response.content.text is not base64"},
  }));
  CAPTURE(c.text);
  const auto parsed = HarReplay::parse("test.har", c.text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::bad_file);
  CHECK_THAT(parsed.error().message, ContainsSubstring(c.message));
}

TEST_CASE("Files that cannot be read are named") {
  const auto missing = HarReplay::open({captured_files().front(), "no/such.har"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::io);
  CHECK_THAT(missing.error().message, ContainsSubstring("no/such.har: "));
  const auto folder = HarReplay::open({captures().string()});
  REQUIRE_FALSE(folder);
  CHECK(folder.error().code == ErrorCode::io);
  const auto none = HarReplay::open({});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::invalid_argument);
}

TEST_CASE("A message shows no credentials of the URL that was asked") {
  const auto r = replay({{.url = list}});
  CHECK(body_of(ask(*r, "http://user:secret@console:8080/topic/stats.query?topic=t")) ==
        "not_recorded: not in the recording: GET http://console:8080/topic/stats.query?topic=t");
  CHECK_THAT(body_of(ask(*r, "nonsense secret")), !ContainsSubstring("secret"));
}
