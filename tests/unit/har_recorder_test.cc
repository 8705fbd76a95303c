// har_recorder_test.cc: what passes through is in the file, complete after every entry, and no secret is.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "har_file.h"
#include "json_reader.h"
#include "rmqlag/client_id.h"
#include "rmqlag/har.h"
#include "support/catch.h"
#include "support/recordings.h"
#include "url.h"

using namespace rmqlag;
using namespace rmqlag::test;
using namespace std::chrono_literals;

namespace {

const std::string host = "http://console:8080";
const std::string list = host + "/topic/list.query";

/// Answers in order with what it was told to, each 25 ms after the one before.
class Scripted : public HttpTransport {
 public:
  void will_answer(Expected<HttpResponse> result) { results_.push_back(std::move(result)); }
  const std::vector<HttpRequest>& requests() const { return requests_; }
  int collections() const { return collections_; }

  void start(std::uint64_t id, HttpRequest request, std::chrono::milliseconds) override {
    under_way_.push_back(id);
    requests_.push_back(std::move(request));
  }
  std::optional<Completion> wait(Steady, std::stop_token) override {
    if (under_way_.empty() || results_.empty()) return std::nullopt;
    elapsed_ += 25ms;
    Completion completion{under_way_.front(), std::move(results_.front())};
    under_way_.pop_front();
    results_.pop_front();
    return completion;
  }
  void abandon(std::uint64_t id) override { std::erase(under_way_, id); }
  Now now() const override {
    return {Steady(1h) + elapsed_, Wall(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) + 12h + elapsed_};
  }
  void begin_collection() override { ++collections_; }

 private:
  std::deque<std::uint64_t> under_way_;
  std::deque<Expected<HttpResponse>> results_;
  std::vector<HttpRequest> requests_;
  std::chrono::milliseconds elapsed_{0};
  int collections_ = 0;
};

/// A recorder over a scripted transport, its file and a look into it.
class Recorded {
 public:
  Recorded() {
    auto created = HarRecorder::create(file_.name(), "a \"comment\"", scripted);
    REQUIRE(created);
    recorder = std::move(*created);
  }

  Expected<HttpResponse> ask(HttpRequest request, Expected<HttpResponse> result) {
    scripted->will_answer(std::move(result));
    return test::ask(*recorder, std::move(request));
  }
  /// What the file says this answer was.
  std::string body_after(const std::string& body) {
    const std::string url = list + "?n=" + std::to_string(recorder->entries());
    REQUIRE(ask({"GET", url, {}, {}}, HttpResponse{200, {}, body}));
    return body_of(test::ask(*replay(), url));
  }
  std::string text() const { return read_file(file_.name()); }
  std::unique_ptr<HarReplay> replay() const {
    auto opened = HarReplay::open({file_.name()});
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened);
    return std::move(*opened);
  }

  std::shared_ptr<Scripted> scripted = std::make_shared<Scripted>();
  std::unique_ptr<HarRecorder> recorder;

 private:
  TemporaryFile file_;
};

/// Every string, number and bracket of a JSON text with the name of the member it belongs to.
class Flat : public internal::JsonEvents {
 public:
  std::vector<std::pair<std::string, std::string>> events;

  explicit Flat(std::string_view text) { REQUIRE(internal::read_json(text, *this).kind == internal::JsonEnd::Kind::complete); }
  bool null() override { return add("null"); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  bool integer(std::int64_t value) override { return add(std::to_string(value)); }
  bool number(std::string_view text) override { return add(text); }
  bool string(std::string_view value) override { return add("\"" + std::string(value)); }
  bool begin_object() override { return add("{"); }
  bool key(std::string_view name) override {
    key_ = name;
    return true;
  }
  bool end_object() override { return add("}"); }
  bool begin_array() override { return add("["); }
  bool end_array() override { return add("]"); }

 private:
  bool add(std::string_view event) {
    events.emplace_back(key_, event);
    return true;
  }
  std::string key_;
};

/// Alike but for ids, which must parse alike and be as many as before, and for the one token.
void check_alike(const std::string& original, const std::string& recorded, std::map<std::string, std::string>& raw_by_shown) {
  if (!original.starts_with('{')) {
    CHECK(recorded == original);
    return;
  }
  const auto a = Flat(original).events, b = Flat(recorded).events;
  REQUIRE(a.size() == b.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto& [name, was] = a[i];
    const auto& [same_name, is] = b[i];
    const bool is_string = was.starts_with('"');
    if (is_string && (name == "clientInfo" || name == "clientId")) {
      if (raw_by_shown.emplace(is, was).first->second != was) ++different;
      if (!(parse_client_id(was.substr(1)) == parse_client_id(is.substr(1)))) ++different;
      if (is.find('|') != is.npos) ++different;
    } else if (is_string && name == "token") {
      if (is != "\"***") ++different;
    } else if (name != "errMsg" && name != "instanceName") {
      if (name != same_name || was != is) ++different;
    }
  }
  CHECK(different == 0);
}

const std::vector<std::string> made_up_keys{"AKIDEXAMPLE", "NOTASECRET"};

}  // namespace

TEST_CASE("The file is a complete HAR after every entry") {
  Recorded r;
  CHECK(r.text() == "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"rmqlag\",\"version\":\"0.1.0\"},"
                    "\"comment\":\"a \\\"comment\\\"\",\"entries\":[\n]}}\n");
  CHECK(r.recorder->entries() == 0);
  for (int n = 1; n <= 3; ++n) {
    REQUIRE(r.ask({"GET", list, {}, {}}, HttpResponse{200, {}, std::to_string(n)}));
    CHECK(r.recorder->entries() == n);
    const auto replay = r.replay();
    for (int i = 1; i <= n; ++i) CHECK(body_of(ask(*replay, list)) == std::to_string(i));
  }
  CHECK(r.recorder->status());
}

TEST_CASE("An entry as it is written") {
  Recorded r;
  const HttpRequest request{"GET",
                            "http://user:secret@console:8080/topic/queryConsumerByTopic.query?topic=a%25b+c#top",
                            {{"Accept", "application/json"}, {"X-Api-Key", "secret"}, {"Authorization", "secret"}, {"Cookie", "secret"}},
                            ""};
  const HttpResponse response{200,
                              {{"content-type", "application/json"}, {"Set-Cookie", "JSESSIONID=secret"}, {"Date", "Sun"}, {"Server", "x"}},
                              R"({"status":0})"};
  const auto answer = r.ask(request, response);
  REQUIRE(answer);
  CHECK(answer->headers.size() == 4);  // the caller gets everything
  CHECK(r.scripted->requests().at(0).url == request.url);
  CHECK(r.scripted->requests().at(0).headers.size() == 4);

  const std::string text = r.text();
  const std::string url = "http://console:8080/topic/queryConsumerByTopic.query?topic=a%25b+c";
  CHECK(text.substr(text.find('\n')) ==
        "\n{\"startedDateTime\":\"2026-11-22T12:00:00.000Z\",\"time\":25,"
        "\"request\":{\"method\":\"GET\",\"url\":\"" + url + "\",\"httpVersion\":\"HTTP/1.1\",\"cookies\":[],"
        "\"headers\":[{\"name\":\"Accept\",\"value\":\"application/json\"}],"
        "\"queryString\":[{\"name\":\"topic\",\"value\":\"a%b c\"}],\"headersSize\":-1,\"bodySize\":0},"
        "\"response\":{\"status\":200,\"statusText\":\"\",\"httpVersion\":\"HTTP/1.1\",\"cookies\":[],"
        "\"headers\":[{\"name\":\"content-type\",\"value\":\"application/json\"},{\"name\":\"Date\",\"value\":\"Sun\"}],"
        "\"content\":{\"size\":12,\"mimeType\":\"application/json\",\"text\":\"{\\\"status\\\":0}\"},"
        "\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":12},"
        "\"cache\":{},\"timings\":{\"send\":0,\"wait\":25,\"receive\":0}}\n]}}\n");
}

TEST_CASE("Every collection is a page, and a pass of the replay") {
  Recorded r;
  const auto answers = [](const std::string& body) { return HttpResponse{200, {}, body}; };
  const auto check_first_pass = [](HarReplay& replay) {
    replay.begin_collection();
    for (const std::string expected : {"1", "2", "2"}) CHECK(body_of(ask(replay, list)) == expected);
  };
  r.recorder->begin_collection();
  CHECK(r.scripted->collections() == 1);
  CHECK_THAT(r.text(), !ContainsSubstring("collection-1"));  // it asked nothing yet
  REQUIRE(r.ask({"GET", list, {}, {}}, answers("1")));
  REQUIRE(r.ask({"GET", list, {}, {}}, answers("2")));
  const std::string first_pages =
      "\n],\"pages\":[\n"
      R"({"startedDateTime":"2026-11-22T12:00:00.000Z","id":"collection-1","title":"collection 1","pageTimings":{}})";
  CHECK(r.text().ends_with(first_pages + "\n]}}\n"));

  r.recorder->begin_collection();
  CHECK(r.replay()->passes() == 1);
  REQUIRE(r.ask({"GET", list, {}, {}}, answers("3")));
  CHECK(r.text().ends_with(first_pages +
                           ",\n"
                           R"({"startedDateTime":"2026-11-22T12:00:00.050Z","id":"collection-2","title":"collection 2","pageTimings":{}})"
                           "\n]}}\n"));
  CHECK_THAT(r.text(), ContainsSubstring(R"({"pageref":"collection-2","startedDateTime":"2026-11-22T12:00:00.050Z")"));

  SECTION("interrupted in the second") {
    const auto replay = r.replay();
    CHECK(replay->passes() == 2);
    check_first_pass(*replay);
    replay->begin_collection();
    CHECK(body_of(ask(*replay, list)) == "3");
    CHECK(body_of(ask(*replay, list)) == "3");
    CHECK(body_of(ask(*replay, host + "/topic/stats.query")).starts_with("not_recorded"));
  }
  SECTION("one that asked nothing, and one more") {
    r.recorder->begin_collection();
    r.recorder->begin_collection();
    REQUIRE(r.ask({"GET", list, {}, {}}, answers("4")));
    const auto replay = r.replay();
    CHECK(replay->passes() == 4);
    check_first_pass(*replay);
    const std::string nothing = "not_recorded: not in the recording: GET " + list;
    for (const std::string& expected : {std::string("3"), nothing, std::string("4"), std::string("4")}) {
      replay->begin_collection();
      CHECK(body_of(ask(*replay, list)) == expected);
    }
  }
}

TEST_CASE("A request is of the collection that began it") {
  Recorded r;
  r.recorder->begin_collection();
  r.recorder->start(1, {"GET", list, {}, ""}, 1s);
  r.recorder->begin_collection();
  r.scripted->will_answer(HttpResponse{200, {}, "late"});
  REQUIRE(r.recorder->wait(Steady::max(), {}));
  const auto replay = r.replay();
  CHECK(replay->passes() == 2);
  CHECK(body_of(ask(*replay, list)) == "late");
}

TEST_CASE("A full disk in a later collection leaves the file as it was") {
  Recorded r;
  r.recorder->begin_collection();
  REQUIRE(r.ask({"GET", list, {}, {}}, HttpResponse{200, {}, "1"}));
  const std::string before = r.text();
  r.recorder->begin_collection();

  rlimit unlimited{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit full = unlimited;
  full.rlim_cur = before.size() + 100;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
  const auto answer = r.ask({"GET", list, {}, {}}, HttpResponse{200, {}, "2"});
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, handler);

  CHECK(body_of(answer) == "2");  // what is recorded is not disturbed
  CHECK_FALSE(r.recorder->status());
  CHECK(r.recorder->entries() == 1);
  CHECK(r.text() == before);
}

TEST_CASE("A login's body keeps its names and no value") {
  struct Case {
    std::string content_type, body, recorded;
  };
  const auto c = GENERATE(values<Case>({
      {"application/x-www-form-urlencoded", "username=admin&password=p%40ss%26word&x=", "username=***&password=***&x=***"},
      {"application/json", R"({"username":"admin","password":"hunter2","n":[1,null,{"a":true}]})",
       R"({\"username\":\"***\",\"password\":\"***\",\"n\":[\"***\",\"***\",{\"a\":\"***\"}]})"},
      {"text/plain", "hunter2", "***"},
      {"application/json", R"({"password":"hunter2)", ""},
  }));
  CAPTURE(c.body);
  Recorded r;
  REQUIRE(r.ask({"POST", host + "/rmq/login/login.do", {{"Content-Type", c.content_type}}, c.body}, HttpResponse{200, {}, "{}"}));
  CHECK(r.scripted->requests().at(0).body == c.body);
  const std::string post_data = "\"postData\":{\"mimeType\":\"" + c.content_type + "\",\"text\":\"" + c.recorded + "\"}";
  CHECK((r.text().find("\"postData\"") != std::string::npos) == !c.recorded.empty());
  if (!c.recorded.empty()) CHECK_THAT(r.text(), ContainsSubstring(post_data));
  CHECK_THAT(r.text(), !ContainsSubstring("hunter2"));
  CHECK_THAT(r.text(), !ContainsSubstring("admin"));
}

TEST_CASE("Secrets in other requests are taken out by their names") {
  Recorded r;
  const std::string acl = host + "/acl/add.do?_csrf=hunter2&SecretKey=hunter2&topic=orders&flag";
  REQUIRE(r.ask({"POST", acl, {}, R"({"accessKey":"hunter2","perm":"SUB"})"}, HttpResponse{200, {}, "{}"}));
  REQUIRE(r.ask({"GET", host + "/consumer/consumerRunningInfo.query?clientId=10.0.0.24%40AKIDEXAMPLE%7CNOTASECRET%7Cg%7C4242", {}, ""},
                HttpResponse{200, {}, "{}"}));
  CHECK_THAT(r.text(), ContainsSubstring("?_csrf=***&SecretKey=***&topic=orders&flag\""));
  CHECK_THAT(r.text(), ContainsSubstring(R"({\"accessKey\":\"***\",\"perm\":\"SUB\"})"));
  CHECK_THAT(r.text(), ContainsSubstring("?clientId=10.0.0.24%404242\""));
  for (const std::string secret : {"hunter2", "AKID", "NOTASECRET"}) CHECK_THAT(r.text(), !ContainsSubstring(secret));
}

TEST_CASE("What is taken out of an answer, and nothing else") {
  struct Case {
    std::string body, recorded;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"status":0,"data":{"headerName":"X","token":"hunter2"}})", R"({"status":0,"data":{"headerName":"X","token":"***"}})"},
      {R"([{"PASSWORD":"a","Accesskey":1,"secretKEY":null}])", R"([{"PASSWORD":"***","Accesskey":"***","secretKEY":"***"}])"},
      {R"({"token":{"a":["b",2]},"c":"d"})", R"({"token":{"a":["***","***"]},"c":"d"})"},
      {R"({"a":{"token":"x"},"b":[{"token":"y"},"z"],"c":1.50})", R"({"a":{"token":"***"},"b":[{"token":"***"},"z"],"c":1.50})"},
      {R"({"clientInfo":"10.0.0.24@AKIDEXAMPLE|NOTASECRET|g|4242"})", R"({"clientInfo":"10.0.0.24@4242"})"},
      {R"({"clientInfo": null, "x" : "10.0.0.7@1#2"})", R"({"clientInfo": null, "x" : "10.0.0.7@1#2"})"},  // as it was, to the byte
      {R"({"clientId":["10.0.0.7@1#2",{"x":"10.0.0.7@1#3"}]})", R"({"clientId":["10.0.0.7@1",{"x":"10.0.0.7@1#3"}]})"},
      {R"({"\u0063lientInfo":"10.0.0.24\u0040AKIDEXAMPLE|NOTASECRET|g|7"})", R"({"clientInfo":"10.0.0.24@7"})"},
      {R"({"status":-1,"errMsg":"<10.0.0.24@AKIDEXAMPLE|NOTASECRET|g|4242> not online"})",
       R"({"status":-1,"errMsg":"<10.0.0.24@4242> not online"})"},
      {"  {\"big\":123456789012345678901234567890,\"clientInfo\":\"a@1#2\"}",
       R"({"big":123456789012345678901234567890,"clientInfo":"a@1"})"},
      {"\xEF\xBB\xBF{\"clientInfo\":\"10.0.0.24@AKIDEXAMPLE|NOTASECRET|g|7\"}", R"({"clientInfo":"10.0.0.24@7"})"},
      {"<html>\xFF</html>", "<html>\xEF\xBF\xBD</html>"},
      {"no JSON: 10.0.0.24@AKIDEXAMPLE|NOTASECRET|g|4242", "no JSON: 10.0.0.24@4242"},
      {"", ""},
  }));
  CAPTURE(c.body);
  Recorded r;
  CHECK(r.body_after(c.body) == c.recorded);
  CHECK_THAT(r.text(), !ContainsSubstring("withheld"));
}

TEST_CASE("What looks like JSON and is none is withheld") {
  const auto body = GENERATE(values<std::string>({
      "{\"clientInfo\":\"10.0.0.24@AKIDEXAMPLE|NOTASECRET|g|4242\"", "[NOTASECRET]", " \n{NOTASECRET", "\xEF\xBB\xBF{NOTASECRET",
      "{\"a\":1}NOTASECRET", "{\"a\":\"NOTASECRET\xFF\"}", "{"}));
  CAPTURE(body);
  Recorded r;
  CHECK(r.body_after(body).empty());
  CHECK_THAT(r.text(), ContainsSubstring("\"comment\":\"body withheld: not valid JSON\""));
  CHECK_THAT(r.text(), !ContainsSubstring("NOTASECRET"));
}

TEST_CASE("Distinct client ids stay distinct and parse alike, in every answer") {
  Recorded r;
  const std::vector<std::string> raw{"10.0.0.7@16015#1", "10.0.0.7@16015#2", "10.0.0.7@16015", "10.0.0.9@AKIDEXAMPLE|NOTASECRET|g|77",
                                     "10.0.0.9@AKIDEXAMPLE|OTHERSECRET|g|77", "nonsense 1", "nonsense 2", "10.0.0.8@DEFAULT",
                                     "10.0.0.8@a|b",
                                     "[2001:db8::7]@3456#1", "[2001:db8::7]@3456#2", "h@order-service", "h@order-service@x"};
  std::map<std::string, std::string> shown;
  for (int round = 0; round < 2; ++round) {
    for (const std::string& id : raw) {
      std::string body;
      internal::JsonWriter(body).begin_object().member(round == 0 ? "clientInfo" : "clientId", id).end_object();
      const std::string recorded = Flat(r.body_after(body)).events.at(1).second.substr(1);
      CAPTURE(id, recorded);
      CHECK(parse_client_id(recorded) == parse_client_id(id));
      CHECK(shown.emplace(id, recorded).first->second == recorded);
    }
  }
  std::set<std::string> distinct;
  for (const auto& [_, id] : shown) distinct.insert(id);
  CHECK(distinct.size() == raw.size());
  CHECK(shown["10.0.0.7@16015#1"] == "10.0.0.7@16015");
  CHECK(shown["10.0.0.7@16015#2"] == "10.0.0.7@16015#1");
  CHECK(shown["10.0.0.7@16015"] == "10.0.0.7@16015#2");
  CHECK_THAT(r.text(), !ContainsSubstring("SECRET"));
}

TEST_CASE("A redirect leads to the same page, without query and credentials") {
  struct Case {
    std::string location, recorded;
  };
  const auto c = GENERATE(values<Case>({
      {"http://u:hunter2@console:8080/login?redirect=http://hunter2#x", "http://console:8080/login"},
      {"/login?hunter2", "/login"},
      {"http://console:8080/rmq/?x=hunter2#/login?redirect=hunter2", "http://console:8080/rmq/#/login"},
      {"/#/login;jsessionid=hunter2", "/#/login"},
      {"/back#access_token=hunter2", "/back"},
      {"//u:hunter2@console/login", ""},
      {"", ""},
  }));
  CAPTURE(c.location);
  Recorded r;
  REQUIRE(r.ask({"GET", list, {}, ""}, HttpResponse{302, {{"Location", c.location}}, ""}));
  const auto answer = ask(*r.replay(), list);
  REQUIRE(answer);
  CHECK(answer->status == 302);
  CHECK(answer->header("location") == c.recorded);
  CHECK_THAT(r.text(), ContainsSubstring("\"redirectURL\":\"" + c.recorded + "\""));
  CHECK_THAT(r.text(), !ContainsSubstring("hunter2"));
}

TEST_CASE("Failures and abandoned requests are entries") {
  Recorded r;
  const auto failed = r.ask({"GET", list, {}, ""},
                            Error{ErrorCode::tls, "handshake with <10.0.0.24@AKIDEXAMPLE|NOTASECRET|g|4242> failed"});
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().message, ContainsSubstring("NOTASECRET"));  // the recorder changes nothing for its caller
  r.recorder->start(5, {"GET", list, {}, ""}, 1s);
  r.recorder->abandon(5);
  r.recorder->abandon(5);
  r.recorder->abandon(6);
  CHECK(r.recorder->entries() == 2);
  CHECK_FALSE(r.recorder->wait(Steady::max(), {}));
  const auto replay = r.replay();
  CHECK(body_of(ask(*replay, list)) == "tls: handshake with <10.0.0.24@4242> failed");
  CHECK(body_of(ask(*replay, list)) == "timeout: abandoned: no answer in time");
  CHECK_THAT(r.text(), ContainsSubstring("\"_error\":\"tls\""));
}

TEST_CASE("Requests that overlap keep their own begin and end") {
  Recorded r;
  r.recorder->begin_collection();
  CHECK(r.scripted->collections() == 1);
  r.recorder->start(1, {"GET", list + "?n=1", {}, ""}, 1s);
  r.recorder->start(2, {"GET", list + "?n=2", {}, ""}, 1s);
  for (int i = 0; i < 2; ++i) {
    r.scripted->will_answer(HttpResponse{200, {}, "x"});
    REQUIRE(r.recorder->wait(Steady::max(), {}));
  }
  CHECK(r.recorder->now().wall == r.scripted->now().wall);
  const auto replay = r.replay();
  const Wall start = replay->now().wall;
  REQUIRE(ask(*replay, list + "?n=1"));
  CHECK(replay->now().wall == start + 25ms);
  REQUIRE(ask(*replay, list + "?n=2"));
  CHECK(replay->now().wall == start + 50ms);
}

TEST_CASE("A file that cannot be written is told") {
  const auto scripted = std::make_shared<Scripted>();
  for (const std::string name : {"/no/such/folder/x.har", "/dev/full"}) {
    const auto created = HarRecorder::create(name, "", scripted);
    REQUIRE_FALSE(created);
    CHECK(created.error().code == ErrorCode::io);
    CHECK_THAT(created.error().message, ContainsSubstring(name + ": "));
  }
}

TEST_CASE("Captured consoles, recorded from their recordings, answer the same") {
  for (const std::string& file : captured_files()) {
    CAPTURE(file);
    const auto original = internal::read_har(file, read_file(file));
    REQUIRE(original);
    auto opened = HarReplay::open({file});
    REQUIRE(opened);
    const std::shared_ptr<HarReplay> replay = std::move(*opened);
    const TemporaryFile copy;
    const auto created = HarRecorder::create(copy.name(), "", replay);
    REQUIRE(created);
    HarRecorder& recorder = **created;

    std::vector<std::string> urls;
    for (const internal::HarEntry& entry : original->passes.front().entries) {
      if (entry.method != "GET") continue;
      std::string url = original->base_url + entry.path;
      char mark = '?';
      for (const auto& [name, value] : entry.parameters) {
        url += mark + internal::percent_encode(name) + "=" + internal::percent_encode(value);
        mark = '&';
      }
      if (std::find(urls.begin(), urls.end(), url) == urls.end()) urls.push_back(url);
    }
    std::vector<Expected<HttpResponse>> answers;
    for (const std::string& url : urls) answers.push_back(ask(recorder, url));
    REQUIRE(recorder.status());
    CHECK(recorder.entries() == static_cast<int>(urls.size()));

    const auto again = HarReplay::open({copy.name()});
    REQUIRE(again);
    CHECK((*again)->base_url() == original->base_url);
    std::map<std::string, std::string> raw_by_shown;
    for (std::size_t i = 0; i < urls.size(); ++i) {
      CAPTURE(urls[i]);
      REQUIRE(answers[i]);
      const auto answer = ask(**again, urls[i]);
      REQUIRE(answer);
      CHECK(answer->status == answers[i]->status);
      const std::string_view location = answers[i]->header("Location");
      CHECK(answer->header("Location") == location.substr(0, location.find('?')));
      check_alike(answers[i]->body, answer->body, raw_by_shown);
    }
    const std::string text = read_file(copy.name());
    for (const std::string& key : made_up_keys) CHECK(text.find(key) == std::string::npos);
  }
}

TEST_CASE("The captured recordings do hold the made-up keys") {
  const std::string text = read_file((captures() / "console-1.0.0-broker-4.9.7" / "mixed-t0.har").string());
  for (const std::string& key : made_up_keys) CHECK(text.find(key) != std::string::npos);
}
