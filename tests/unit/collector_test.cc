// collector_test.cc: conversations with a console on paper. Each truth rule has cases that fail without it.
#include "rmqlag/collector.h"

#include <set>

#include "support/catch.h"
#include "support/paper_console.h"
#include "support/snapshot_view.h"

using namespace rmqlag;
using namespace rmqlag::test;
using namespace std::chrono_literals;

namespace {

const std::string me = "10.0.0.7@4711#1";
const std::string by_topic = "/topic/queryConsumerByTopic.query?topic=";

/// orders on brokers a and b with groups g and h, payments on a with g; both groups are listed.
PaperConsole small_cluster() {
  PaperConsole console;
  console.topics["orders"]["g"] = {{"a", 0, 100, 90, me}, {"b", 0, 50, 50, me}};
  console.topics["orders"]["h"] = {{"a", 0, 100, 100, me}, {"b", 0, 50, 20, std::nullopt}};
  console.topics["payments"]["g"] = {{"a", 0, 10, 7, me}};
  console.groups["g"] = {};
  console.groups["h"] = {};
  return console;
}

}  // namespace

TEST_CASE("a plain pass reads everything and says so") {
  PaperConsole console = small_cluster();
  const Snapshot& snapshot = console.pass();
  CHECK(snapshot.outcome == Outcome::complete);
  CHECK(diff_of(snapshot, "orders", "g") == 10);
  CHECK(diff_of(snapshot, "orders", "h") == 30);
  CHECK(diff_of(snapshot, "payments", "g") == 3);
  CHECK(snapshot.unknown.empty());
  CHECK(snapshot.failures.empty());
  CHECK(snapshot.topics_read == 2);
  CHECK(snapshot.namesrv == "10.0.0.2:9876");
  CHECK(snapshot.url == "http://console:8080");
  CHECK(snapshot.cost.requests == static_cast<std::int64_t>(console.asked.size()));
  CHECK(snapshot.last_complete == snapshot.ended);
  const Row row = rows_of(snapshot, "orders", "g")[0];
  CHECK(name_of(snapshot, row.host) == "10.0.0.7");
  CHECK(name_of(snapshot, row.process) == "4711");
}

TEST_CASE("the order of a pass: NameServer, list, topics, NameServer, facts") {
  PaperConsole console = small_cluster();
  console.pass();
  const std::vector<std::string> expected = {"/login/check.query",    "/ops/homePage.query", "/topic/list.query",
                                             by_topic + "orders",     by_topic + "payments", "/ops/homePage.query",
                                             "/consumer/groupList.query?skipSysGroup=true"};
  CHECK(console.asked == expected);

  SECTION("the next pass asks neither for the login nor for facts again, until ten minutes are over") {
    console.advance(1min);
    console.pass();
    CHECK(console.times_asked("/login/check.query") == 0);
    CHECK(console.times_asked_prefix("/consumer/groupList") == 0);
    console.advance(10min);
    console.pass();
    CHECK(console.times_asked_prefix("/consumer/groupList") == 1);
  }
}

TEST_CASE("topics that could not be read, then those with most lag, come first in the next pass") {
  PaperConsole console = small_cluster();
  console.topics["calm"]["g"] = {{"a", 0, 5, 5, me}};
  console.instead[by_topic + "payments"] = PaperConsole::status_error("no");
  console.pass();
  console.pass();
  const auto first = std::find_if(console.asked.begin(), console.asked.end(), [](const auto& url) { return url.starts_with(by_topic); });
  CHECK(*first == by_topic + "payments");
  CHECK(*(first + 1) == by_topic + "orders");
  CHECK(*(first + 2) == by_topic + "calm");
}

TEST_CASE("system topics are never asked, retry topics unless switched off, dead letter topics not for lag") {
  PaperConsole console = small_cluster();
  console.more_topics = {"rmq_sys_SYNC_BROKER_MEMBER_b", "TBW102", "%DLQ%g"};
  console.topics["%RETRY%g"]["g"] = {{"a", 0, 0, 0, me}};
  console.pass();
  CHECK(console.times_asked_prefix(by_topic) == 3);
  CHECK(console.times_asked(by_topic + "%RETRY%g") == 1);
  console.options.retry_topics = false;
  console.pass();
  CHECK(console.times_asked_prefix(by_topic) == 2);

  SECTION("the depth of dead letters, once in ten minutes") {
    console.options.dlq_topics = true;
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked("/topic/stats.query?topic=%DLQ%g") == 1);
    REQUIRE(snapshot.dead_letters.size() == 1);
    CHECK(snapshot.dead_letters[0].messages == 7);
    console.advance(1min);
    CHECK(console.pass().dead_letters.size() == 1);
    CHECK(console.times_asked_prefix("/topic/stats") == 0);
    console.advance(10min);
    console.pass();
    CHECK(console.times_asked_prefix("/topic/stats") == 1);
  }
  SECTION("a depth that is refused is no word about groups") {
    console.options.dlq_topics = true;
    console.instead["/topic/stats.query?topic=%DLQ%g"] = PaperConsole::status_error("CODE: 16  DESC: no");
    console.pass();
    console.advance(10min);
    console.pass();
    CHECK(console.times_asked_prefix("/consumer/groupList") == 1);
  }
}

// ---- rule 1 ----

TEST_CASE("rule 1: HTTP 200 proves nothing") {
  PaperConsole console = small_cluster();
  const auto [answer, reason] = GENERATE(table<PaperConsole::Answer, std::string>({
      {PaperConsole::status_error("broken"), "status_error"},
      {PaperConsole::ok("<html>login</html>"), "bad_answer"},
      {PaperConsole::ok(""), "bad_answer"},
      {PaperConsole::ok("{\"status\":0,\"data\":null}"), "bad_answer"},
      {PaperConsole::ok("{\"status\":0,\"data\":{\"g\":{\"queueStatInfoList\":[{\"brokerName\":\"a\"}]}}}"), "bad_answer"},
      {PaperConsole::http(500, "{}"), "bad_answer"},
      {PaperConsole::http(404, ""), "bad_answer"},
      {PaperConsole::status_error("CODE: 16  DESC: no"), "no_permission"},
      {PaperConsole::status_error("CODE: 1  DESC: org.apache.rocketmq.acl.common.AclException: no"), "no_permission"},
      {PaperConsole::fails(ErrorCode::timeout), "timeout"},
      {PaperConsole::fails(ErrorCode::too_large), "too_large"},
      {PaperConsole::fails(ErrorCode::cut_off), "reset"},
      {PaperConsole::fails(ErrorCode::not_recorded), "not_recorded"},
  }));
  console.instead[by_topic + "payments"] = answer;
  const Snapshot& snapshot = console.pass();
  CHECK(unknown_of(snapshot, "payments") == reason);
  CHECK_FALSE(diff_of(snapshot, "payments", "g").has_value());
  CHECK(snapshot.outcome == Outcome::partial);
  CHECK(snapshot.topics_unknown == 1);
}

TEST_CASE("rule 1: a redirect to the login is a lost session; one new login a pass") {
  PaperConsole console = small_cluster();
  console.config.username = "u";
  console.config.password = "p";
  console.login_required = true;
  console.instead["/rocketmq-dashboard/csrf-token"] = PaperConsole::http(404, "");
  console.instead["/login/login.do"] = PaperConsole::ok(R"({"status":0,"data":{"contextPath":""},"errMsg":null})");
  const auto lost = PaperConsole::http(302, "", {{"Location", "http://console:8080/#/login?redirect=x"}});

  SECTION("renewed, and the pass goes on") {
    console.instead[by_topic + "orders"] = PaperConsole::in_turn({lost, console.model(by_topic + "orders")});
    const Snapshot& snapshot = console.pass();
    CHECK(snapshot.outcome == Outcome::complete);
    CHECK(console.times_asked("/login/login.do") == 2);
    CHECK(diff_of(snapshot, "orders", "g") == 10);
  }
  SECTION("what was under way meanwhile is sent again, and is no second loss") {
    for (const char* topic : {"orders", "payments"})
      console.instead[by_topic + topic] = PaperConsole::in_turn({lost, console.model(by_topic + topic)});
    CHECK(console.pass().outcome == Outcome::complete);
    CHECK(console.times_asked("/login/login.do") == 2);
    CHECK(console.times_asked(by_topic + "payments") == 2);
  }
  SECTION("lost again: the pass ends, what is missing is unknown") {
    console.instead[by_topic + "orders"] = lost;
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked("/login/login.do") == 2);
    CHECK(unknown_of(snapshot, "orders") == "login_lost");
    CHECK(snapshot.failures.at(0).reason == Reason::login_lost);
    CHECK(snapshot.outcome != Outcome::complete);
  }
  SECTION("HTML is tried as a lost session, and is then that topic's wrong answer alone") {
    console.instead[by_topic + "orders"] = PaperConsole::ok("<html>oops</html>");
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked("/login/login.do") == 2);
    CHECK(unknown_of(snapshot, "orders") == "bad_answer");
    CHECK(diff_of(snapshot, "payments", "g") == 3);
  }
  SECTION("rejected: said once, nothing else is asked") {
    console.instead["/login/login.do"] = PaperConsole::status_error("Bad username or password!");
    const Snapshot& snapshot = console.pass();
    CHECK(snapshot.outcome == Outcome::failed);
    REQUIRE(snapshot.failures.size() == 1);
    CHECK_THAT(snapshot.failures[0].message, ContainsSubstring("Bad username or password!"));
    CHECK(console.times_asked("/topic/list.query") == 0);
  }
}

TEST_CASE("rule 1: a console that wants a login, and no user name") {
  PaperConsole console = small_cluster();
  console.login_required = true;
  const Snapshot& snapshot = console.pass();
  CHECK(snapshot.outcome == Outcome::failed);
  CHECK_THAT(snapshot.failures.at(0).message, ContainsSubstring("wants a login"));
}

// ---- rule 2 ----

TEST_CASE("rule 2: a group without queues is unknown, never 0") {
  PaperConsole console = small_cluster();
  console.topics["payments"]["g"] = {};
  console.groups["g"].subscribes = {"orders", "payments"};
  const Snapshot& snapshot = console.pass();
  CHECK(unknown_of(snapshot, "payments", "g") == "empty");
  CHECK_FALSE(diff_of(snapshot, "payments", "g").has_value());
  CHECK(snapshot.outcome == Outcome::partial);

  SECTION("its rows of before stand in, marked") {
    PaperConsole earlier = small_cluster();
    earlier.pass();
    earlier.topics["payments"]["g"] = {};
    earlier.advance(1min);
    const Snapshot& now = earlier.pass();
    CHECK(diff_of(now, "payments", "g") == 3);
    CHECK(now.carried(parts_of(now, "payments", "g").at(0)));
    CHECK(parts_of(now, "payments", "g").at(0).read_at < now.started);
  }
}

TEST_CASE("rule 2: not_subscribed only with proof") {
  PaperConsole console = small_cluster();
  console.topics["payments"]["g"] = {};
  console.groups["g"].subscribes = {"orders", "%RETRY%g"};

  SECTION("another topic was read, the table lacks this one: told, and the pass is complete") {
    const Snapshot& snapshot = console.pass();
    CHECK(unknown_of(snapshot, "payments", "g") == "not_subscribed");
    CHECK(snapshot.outcome == Outcome::complete);
    console.advance(1min);
    console.pass();
    CHECK(console.times_asked_prefix("/consumer/consumerConnection") == 0);  // once in ten minutes
  }
  SECTION("what it subscribed ten minutes ago is no proof") {
    console.pass();
    console.advance(11min);
    console.instead["/consumer/consumerConnection.query?consumerGroup=g&address=10.0.0.3:10911"] = PaperConsole::fails(ErrorCode::timeout);
    CHECK(unknown_of(console.pass(), "payments", "g") == "empty");
  }
  SECTION("a retry topic in the table need not list the group") {
    console.more_topics = {"%RETRY%g"};
    CHECK(unknown_of(console.pass(), "payments", "g") == "not_subscribed");
    CHECK(unknown_of(*console.last, "%RETRY%g", "g").empty());
  }
  SECTION("something failed in this pass") {
    console.more_topics = {"broken"};
    console.instead[by_topic + "broken"] = PaperConsole::fails(ErrorCode::timeout);
    CHECK(unknown_of(console.pass(), "payments", "g") == "empty");
  }
  SECTION("no other topic of the group was read") {
    console.topics["orders"].erase("g");
    console.groups["g"].subscribes = {"%RETRY%g"};
    console.topics["%RETRY%g"]["g"] = {{"a", 0, 1, 1, me}};
    CHECK(unknown_of(console.pass(), "payments", "g") == "empty");
  }
  SECTION("nobody knows what the group subscribes") {
    console.groups["g"].members = 0;
    CHECK(unknown_of(console.pass(), "payments", "g") == "empty");
  }
  SECTION("the table names a topic that does not list the group") {
    console.more_topics = {"audit"};
    console.groups["g"].subscribes = {"orders", "audit"};
    const Snapshot& snapshot = console.pass();
    CHECK(unknown_of(snapshot, "audit", "g") == "not_listed");
    CHECK(unknown_of(snapshot, "payments", "g") == "empty");
  }
  SECTION("the first broker does not answer: the next is asked") {
    console.addresses = {"10.0.0.3:10911", "10.0.0.4:10911"};
    console.instead["/consumer/consumerConnection.query?consumerGroup=g&address=10.0.0.3:10911"] = PaperConsole::fails(ErrorCode::not_recorded);
    CHECK(unknown_of(console.pass(), "payments", "g") == "not_subscribed");
  }
}

// ---- rules 3, 5, 6 ----

TEST_CASE("rule 3: no owner is lag all the same") {
  PaperConsole console = small_cluster();
  const Snapshot& snapshot = console.pass();
  const auto rows = rows_of(snapshot, "orders", "h");
  REQUIRE(rows.size() == 2);
  CHECK_FALSE(rows[1].owned());
  CHECK(diff(rows[1]) == 30);
}

TEST_CASE("rule 5: a negative diff stays as it is") {
  PaperConsole console = small_cluster();
  console.topics["payments"]["g"] = {{"a", 0, 10, 17, me}};
  CHECK(diff_of(console.pass(), "payments", "g") == -7);
}

TEST_CASE("rule 6: a queue that comes twice counts once, and is told") {
  PaperConsole console = small_cluster();
  console.topics["payments"]["g"] = {{"a", 0, 10, 7, me}, {"a", 0, 11, 7, me}};
  const Snapshot& snapshot = console.pass();
  CHECK(diff_of(snapshot, "payments", "g") == 4);
  REQUIRE(snapshot.failures.size() == 1);
  CHECK(snapshot.failures[0].target == "topic payments");
}

// ---- rule 4 ----

TEST_CASE("rule 4: broadcast groups are left out") {
  PaperConsole console = small_cluster();
  console.topics["notices"]["bc"] = {{"a", 0, 1000, 0, "10.0.0.9@DEFAULT"}};
  console.topics["notices"]["g"] = {{"a", 0, 1000, 999, me}};

  SECTION("the list says so") {
    console.groups["bc"].model = "BROADCASTING";
    const Snapshot& snapshot = console.pass();
    CHECK(skipped_of(snapshot, "notices", "bc") == "broadcast");
    CHECK_FALSE(diff_of(snapshot, "notices", "bc").has_value());
    CHECK(snapshot.outcome == Outcome::complete);
  }
  SECTION("the list does not know (offline when it was cached): the group is asked") {
    console.groups["bc"].model = "BROADCASTING";
    console.instead["/consumer/groupList.query?skipSysGroup=true"] =
        PaperConsole::ok(R"({"status":0,"data":[{"group":"bc","count":0,"messageModel":null,"diffTotal":-1,"address":["x:1"]},{"group":"g","count":1,"messageModel":"CLUSTERING","diffTotal":0,"address":["x:1"]},{"group":"h","count":1,"messageModel":"CLUSTERING","diffTotal":0,"address":["x:1"]}]})");
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked("/consumer/group.query?consumerGroup=bc") == 1);
    CHECK(skipped_of(snapshot, "notices", "bc") == "broadcast");
  }
  SECTION("no facts at all: all zeros are unknown, other groups stand") {
    console.instead["/consumer/groupList.query?skipSysGroup=true"] = PaperConsole::status_error("no permission");
    const Snapshot& snapshot = console.pass();
    CHECK(unknown_of(snapshot, "notices", "bc") == "model_unknown");
    CHECK_FALSE(diff_of(snapshot, "notices", "bc").has_value());
    CHECK(diff_of(snapshot, "notices", "g") == 1);
    CHECK(snapshot.failures.empty());  // a missing fact is a state
    CHECK(console.times_asked_prefix("/consumer/group.query") == 0);
  }
  SECTION("an offline group that never committed is lag") {
    console.groups["bc"].model = std::nullopt;
    console.groups["bc"].members = 0;
    console.groups["bc"].diff_total = 1000;
    CHECK(diff_of(console.pass(), "notices", "bc") == 1000);
  }
  SECTION("the list does not know: asked where an owner or only zeros leave a doubt, once in ten minutes") {
    console.groups["bc"] = {};
    console.groups["g"].model = console.groups["h"].model = std::nullopt;
    console.topics["orders"]["h"] = {{"a", 0, 100, 90, std::nullopt}};  // no owner, and it has consumed
    console.pass();
    CHECK(console.times_asked("/consumer/group.query?consumerGroup=g") == 1);
    CHECK(console.times_asked("/consumer/group.query?consumerGroup=h") == 0);
    console.advance(1min);
    console.pass();
    CHECK(console.times_asked_prefix("/consumer/group.query") == 0);
    console.advance(10min);
    console.pass();
    CHECK(console.times_asked("/consumer/group.query?consumerGroup=g") == 1);
  }
  SECTION("its connections say so") {
    console.topics["notices"]["bc"] = {};
    console.groups["bc"].model = std::nullopt;
    console.instead["/consumer/consumerConnection.query?consumerGroup=bc&address=10.0.0.3:10911"] =
        PaperConsole::ok(R"({"status":0,"data":{"connectionSet":[],"subscriptionTable":{},"messageModel":"BROADCASTING"}})");
    CHECK(skipped_of(console.pass(), "notices", "bc") == "broadcast");
  }
  SECTION("one queue consumed is enough, wherever it is") {
    console.instead["/consumer/groupList.query?skipSysGroup=true"] = PaperConsole::status_error("no permission");
    console.topics["notices"]["bc"] = {{"a", 0, 1000, 5, me}, {"b", 0, 1000, 0, me}};
    console.topics["orders"]["bc"] = {{"a", 0, 100, 0, me}};
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "notices", "bc") == 1995);
    CHECK(diff_of(snapshot, "orders", "bc") == 100);
  }
  SECTION("rows at broker offset 0 prove nothing") {
    console.topics["notices"]["bc"] = {{"a", 0, 0, 0, "10.0.0.9@1"}};
    console.instead["/consumer/groupList.query?skipSysGroup=true"] = PaperConsole::status_error("no permission");
    CHECK(diff_of(console.pass(), "notices", "bc") == 0);
  }
}

// ---- rule 7 ----

TEST_CASE("rule 7: what vanished upstream vanishes, what failed stays until it is stale, unknown as long as it lasts") {
  PaperConsole console = small_cluster();
  console.pass();
  console.advance(1min);

  SECTION("vanished") {
    console.topics["orders"].erase("h");
    console.groups.erase("h");  // else it would be online under no topic: rule 13
    const Snapshot& snapshot = console.pass();
    CHECK_FALSE(diff_of(snapshot, "orders", "h").has_value());
    CHECK(unknown_of(snapshot, "orders", "h").empty());
    CHECK(snapshot.outcome == Outcome::complete);
  }
  SECTION("a failed topic") {
    const auto before = console.last;
    console.instead[by_topic + "orders"] = PaperConsole::status_error("no");
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "g") == 10);
    CHECK(diff_of(snapshot, "orders", "h") == 30);
    CHECK(snapshot.carried(parts_of(snapshot, "orders", "g").at(0)));
    CHECK(parts_of(snapshot, "orders", "g").at(0).read_at == parts_of(*before, "orders", "g").at(0).read_at);
    CHECK(snapshot.blocks.at(0) == before->blocks.at(0));  // the same block, not a copy
    CHECK(unknown_of(snapshot, "orders") == "status_error");
    CHECK(unknown_of(snapshot, "orders", "g") == "status_error");
    CHECK(unknown_of(snapshot, "orders", "h") == "status_error");
    CHECK(snapshot.topics_carried == 1);
    CHECK(snapshot.topics_unknown == 0);

    console.advance(5min);
    const Snapshot& stale = console.pass();
    CHECK_FALSE(diff_of(stale, "orders", "g").has_value());
    CHECK(unknown_of(stale, "orders", "g") == "status_error");
    CHECK(stale.topics_unknown == 1);
    console.advance(60min);
    CHECK(unknown_of(console.pass(), "orders", "h") == "status_error");
  }
  SECTION("a failed topic whose pairs were read at different times") {
    console.topics["orders"]["g"] = {};
    console.advance(2min);
    console.pass();
    console.instead[by_topic + "orders"] = PaperConsole::status_error("no");
    console.advance(3min);
    const Snapshot& snapshot = console.pass();
    CHECK_FALSE(diff_of(snapshot, "orders", "g").has_value());
    CHECK(unknown_of(snapshot, "orders", "g") == "status_error");
    CHECK(diff_of(snapshot, "orders", "h") == 30);
    CHECK(snapshot.topics_carried == 1);
  }
  SECTION("nothing can be read") {
    for (const char* path : {"/ops/homePage.query", "/topic/list.query"}) console.instead[path] = PaperConsole::fails(ErrorCode::refused, "connection refused");
    const Snapshot& snapshot = console.pass();
    CHECK(snapshot.outcome == Outcome::failed);
    CHECK(diff_of(snapshot, "orders", "g") == 10);
    CHECK(unknown_of(snapshot, "orders", "g") == "refused");
    CHECK(unknown_of(snapshot, "payments") == "refused");
    CHECK(console.times_asked_prefix(by_topic) == 0);
    CHECK_FALSE(snapshot.brokers.at(0).up.has_value());  // a silent console tells nothing about brokers
    console.instead.clear();
    CHECK(console.pass().outcome == Outcome::complete);
  }
}

TEST_CASE("rule 7: a pass that ends before it knows what to read loses nothing") {
  PaperConsole console = small_cluster();
  console.config.username = "u";
  console.config.password = "p";
  console.by_consumer["g"] = {{"orders", console.topics["orders"]["g"]}, {"payments", console.topics["payments"]["g"]}};
  const auto [topics, groups] = GENERATE(table<std::string, std::string>({{"", ""}, {"orders", ""}, {"", "g"}}));
  CAPTURE(topics, groups);
  console.options.topics = *NameFilter::parse(topics);
  console.options.groups = *NameFilter::parse(groups);
  console.pass();
  REQUIRE(diff_of(*console.last, "orders", "g") == 10);
  console.advance(1min);

  const auto [silent, reason] = GENERATE(table<std::string, std::string>({
      {"/ops/homePage.query", "deadline"},             // never answered
      {"/rocketmq-dashboard/csrf-token", "refused"}})); // the session is lost, and logging in fails
  CAPTURE(silent);
  if (reason == "deadline") {
    console.instead[silent] = PaperConsole::never();
  } else {
    console.instead["/ops/homePage.query"] = PaperConsole::http(302, "", {{"Location", "http://console:8080/#/login"}});
    console.instead[silent] = PaperConsole::fails(ErrorCode::refused, "connection refused");
  }
  const Snapshot& snapshot = console.pass();
  CHECK(snapshot.outcome == Outcome::failed);
  CHECK(diff_of(snapshot, "orders", "g") == 10);
  CHECK(snapshot.carried(parts_of(snapshot, "orders", "g").at(0)));
  CHECK(unknown_of(snapshot, "orders", "g") == reason);
  REQUIRE(snapshot.failures.size() == 1);
  CHECK(to_string(snapshot.failures[0].reason) == reason);
}

TEST_CASE("the deadline: what was not read by then is unknown, and its requests keep their slots") {
  PaperConsole console = small_cluster();
  console.pass();
  console.instead[by_topic + "orders"] = PaperConsole::never();
  const Snapshot& snapshot = console.pass();
  CHECK(unknown_of(snapshot, "orders") == "deadline");
  CHECK(unknown_of(snapshot, "orders", "g") == "deadline");
  CHECK(diff_of(snapshot, "orders", "g") == 10);
  CHECK(diff_of(snapshot, "payments", "g") == 3);
  CHECK(console.slots.until.size() == 1);

  SECTION("a request that the deadline cut short did not time out by itself") {
    console.instead[by_topic + "orders"] = PaperConsole::fails(ErrorCode::timeout);
    console.latency = 2s;
    console.deadline = 5s;
    CHECK(unknown_of(console.pass(), "orders") == "deadline");
  }
}

// ---- rule 10 ----

TEST_CASE("rule 10: another NameServer is another cluster") {
  PaperConsole console = small_cluster();
  console.pass();
  console.advance(1min);

  SECTION("between passes nothing is carried across") {
    console.namesrv = "10.9.9.9:9876";
    console.instead[by_topic + "orders"] = PaperConsole::status_error("no");
    const Snapshot& snapshot = console.pass();
    CHECK_FALSE(diff_of(snapshot, "orders", "g").has_value());
    CHECK(unknown_of(snapshot, "orders") == "status_error");
    CHECK(snapshot.counters.namesrv_changes == 1);
    CHECK(snapshot.namesrv == "10.9.9.9:9876");
    console.instead.clear();
    for (auto& [topic, groups] : console.topics)
      for (auto& [group, queues] : groups)
        for (PaperQueue& queue : queues) queue.broker = "c";
    console.namesrv = "10.8.8.8:9876";
    CHECK(console.pass().brokers.size() == 1);  // of the other clusters' brokers nothing is known here
  }
  SECTION("within a pass no row of it is used") {
    const std::string other = R"({"status":0,"data":{"currentNamesrv":"10.9.9.9:9876"}})";
    console.instead["/ops/homePage.query"] = PaperConsole::in_turn({console.model("/ops/homePage.query"), PaperConsole::ok(other)});
    console.topics["orders"]["g"][0].broker_offset = 5000;
    const Snapshot& snapshot = console.pass();
    CHECK(unknown_of(snapshot, "orders") == "namesrv_changed");
    CHECK(unknown_of(snapshot, "orders", "g") == "namesrv_changed");
    CHECK(diff_of(snapshot, "orders", "g") == 10);
    CHECK(snapshot.outcome == Outcome::failed);
    CHECK(snapshot.counters.namesrv_changes == 1);
    REQUIRE(snapshot.failures.size() == 1);
    CHECK_THAT(snapshot.failures[0].message, ContainsSubstring("switched from 10.0.0.2:9876 to 10.9.9.9:9876"));
    console.instead["/ops/homePage.query"] = PaperConsole::ok(other);
    console.instead[by_topic + "orders"] = PaperConsole::status_error("no");
    CHECK_FALSE(diff_of(console.pass(), "orders", "g").has_value());
    CHECK(console.last->counters.namesrv_changes == 1);
  }
  SECTION("pinned: any other is a failed pass") {
    console.options.namesrv = "10.0.0.2:9876";
    CHECK(console.pass().outcome == Outcome::complete);
    console.namesrv = "10.9.9.9:9876";
    const Snapshot& snapshot = console.pass();
    CHECK(snapshot.outcome == Outcome::failed);
    CHECK_THAT(snapshot.failures.at(0).message, ContainsSubstring("10.9.9.9:9876"));
    CHECK(console.times_asked("/topic/list.query") == 0);
  }
  SECTION("pinned, and the question fails: that is what is told, and nothing is lost") {
    console.options.namesrv = "10.0.0.2:9876";
    console.instead["/ops/homePage.query"] = PaperConsole::fails(ErrorCode::refused, "connection refused");
    const Snapshot& snapshot = console.pass();
    CHECK(snapshot.outcome == Outcome::failed);
    CHECK(snapshot.failures.at(0).reason == Reason::refused);
    CHECK(diff_of(snapshot, "orders", "g") == 10);
    CHECK(unknown_of(snapshot, "orders", "g") == "refused");
  }
  SECTION("pinned, and the console does not tell: nothing is read") {
    console.options.namesrv = "10.0.0.2:9876";
    console.namesrv = std::nullopt;
    CHECK(console.pass().outcome == Outcome::failed);
    CHECK_THAT(console.last->failures.at(0).message, ContainsSubstring("does not tell its NameServer"));
    CHECK(console.times_asked("/topic/list.query") == 0);
  }
  SECTION("switched within a pass: the other cluster is not asked for facts") {
    console.advance(10min);
    console.instead["/ops/homePage.query"] =
        PaperConsole::in_turn({console.model("/ops/homePage.query"), PaperConsole::ok(R"({"status":0,"data":{"currentNamesrv":"10.9.9.9:9876"}})")});
    console.pass();
    CHECK(console.times_asked_prefix("/consumer/") == 0);
  }
  SECTION("groups that were asked for by themselves are of that pass, too") {
    PaperConsole one = small_cluster();
    one.options.groups = *NameFilter::parse("g");
    one.by_consumer["g"]["orders"] = one.topics["orders"]["g"];
    one.instead["/ops/homePage.query"] =
        PaperConsole::in_turn({one.model("/ops/homePage.query"), PaperConsole::ok(R"({"status":0,"data":{"currentNamesrv":"10.9.9.9:9876"}})")});
    const Snapshot& snapshot = one.pass();
    CHECK_FALSE(diff_of(snapshot, "orders", "g").has_value());
    CHECK(unknown_of(snapshot, "", "g") == "namesrv_changed");
  }
  SECTION("the console does not tell: no check") {
    PaperConsole old = small_cluster();
    old.namesrv = std::nullopt;
    CHECK(old.pass().outcome == Outcome::complete);
    CHECK(old.times_asked("/ops/homePage.query") == 1);
    CHECK(old.last->namesrv.empty());
  }
}

// ---- rule 11 ----

TEST_CASE("rule 11: groups named like their topic that do not exist") {
  PaperConsole console = small_cluster();
  console.topics["orders"]["orders"] = {{"a", 0, 100, 0, std::nullopt}, {"b", 0, 50, 0, std::nullopt}};
  const std::string question = "/consumer/group.query?consumerGroup=orders";

  SECTION("a ghost is left out, and asked about once an hour") {
    const Snapshot& snapshot = console.pass();
    CHECK(skipped_of(snapshot, "orders", "orders") == "ghost");
    CHECK_FALSE(diff_of(snapshot, "orders", "orders").has_value());
    CHECK(snapshot.outcome == Outcome::complete);
    CHECK(console.times_asked(question) == 1);
    console.advance(30min);
    CHECK(skipped_of(console.pass(), "orders", "orders") == "ghost");
    CHECK(console.times_asked(question) == 0);
    console.advance(31min);
    console.pass();
    CHECK(console.times_asked(question) == 1);
    console.advance(61min);
    console.instead[question] = PaperConsole::fails(ErrorCode::timeout);
    CHECK(unknown_of(console.pass(), "orders", "orders") == "ghost_suspect");
  }
  SECTION("with an empty list, too") {
    console.topics["orders"]["orders"] = {};
    CHECK(skipped_of(console.pass(), "orders", "orders") == "ghost");
  }
  SECTION("an offset makes it real") {
    console.pass();
    console.topics["orders"]["orders"][0].consumer_offset = 1;
    CHECK(diff_of(console.pass(), "orders", "orders") == 149);
    console.topics["orders"]["orders"][0].consumer_offset = 0;  // reset: the verdict of before is void
    console.advance(11min);
    console.pass();
    CHECK(console.times_asked(question) == 1);
  }
  SECTION("an owner makes it real") {
    console.topics["orders"]["orders"][0].client = me;
    CHECK(skipped_of(console.pass(), "orders", "orders").empty());
  }
  SECTION("so does the group list") {
    console.groups["orders"] = {};
    CHECK(diff_of(console.pass(), "orders", "orders") == 150);
  }
  SECTION("and the group's own answer") {
    console.instead[question] = PaperConsole::ok(R"({"status":0,"data":{"group":"orders","count":0,"messageModel":null,"diffTotal":150}})");
    CHECK(diff_of(console.pass(), "orders", "orders") == 150);
  }
  SECTION("a diff of 0 is an answer, and so is a member; -1 and nobody is none") {
    console.instead[question] = PaperConsole::ok(R"({"status":0,"data":{"group":"orders","count":0,"messageModel":null,"diffTotal":0}})");
    CHECK(diff_of(console.pass(), "orders", "orders") == 150);
    console.advance(11min);
    console.instead[question] = PaperConsole::ok(R"({"status":0,"data":{"group":"orders","count":1,"messageModel":null,"diffTotal":-1}})");
    CHECK(diff_of(console.pass(), "orders", "orders") == 150);
  }
  SECTION("without facts it is neither total nor ghost") {
    console.instead["/consumer/groupList.query?skipSysGroup=true"] = PaperConsole::status_error("no permission");
    const Snapshot& snapshot = console.pass();
    CHECK(unknown_of(snapshot, "orders", "orders") == "ghost_suspect");
    CHECK_FALSE(diff_of(snapshot, "orders", "orders").has_value());
    CHECK(snapshot.outcome == Outcome::partial);
  }
}

// ---- rule 12 ----

TEST_CASE("rule 12: a broker that dies takes its queues out of the answers") {
  PaperConsole console = small_cluster();
  console.pass();
  CHECK(console.last->brokers.at(1).up == true);
  const auto kill_b = [&] {
    for (auto& [topic, groups] : console.topics)
      for (auto& [group, queues] : groups) std::erase_if(queues, [](const PaperQueue& queue) { return queue.broker == "b"; });
  };
  kill_b();
  console.advance(1min);
  const Snapshot& first = console.pass();
  CHECK(diff_of(first, "orders", "h") == 30);
  CHECK(parts_of(first, "orders", "h").size() == 2);
  CHECK(unknown_of(first, "orders", "h") == "broker_missing");
  CHECK(unknown_of(first, "payments", "g").empty());
  CHECK(first.outcome == Outcome::complete);
  CHECK(first.brokers.at(1).up == false);

  SECTION("until the second complete pass without them") {
    console.advance(1min);
    const Snapshot& second = console.pass();
    CHECK(diff_of(second, "orders", "h") == 0);
    CHECK(unknown_of(second, "orders", "h").empty());
    CHECK(second.brokers.at(1).up == false);
  }
  SECTION("a topic that fails in between does not begin the count anew") {
    console.instead[by_topic + "orders"] = PaperConsole::status_error("no");
    CHECK(diff_of(console.pass(), "orders", "h") == 30);
    console.instead.clear();
    CHECK(diff_of(console.pass(), "orders", "h") == 0);
  }
  SECTION("a pass that is not complete does not count, the stale limit does") {
    console.instead[by_topic + "payments"] = PaperConsole::status_error("no");
    console.advance(1min);
    CHECK(diff_of(console.pass(), "orders", "h") == 30);
    console.advance(1min);
    CHECK(diff_of(console.pass(), "orders", "h") == 30);
    console.advance(5min);
    CHECK(diff_of(console.pass(), "orders", "h") == 0);
  }
  SECTION("it comes back") {
    console.topics["orders"]["h"].push_back({"b", 0, 60, 20, std::nullopt});
    console.topics["orders"]["g"].push_back({"b", 0, 60, 50, me});
    const Snapshot& back = console.pass();
    CHECK(diff_of(back, "orders", "h") == 40);
    CHECK(unknown_of(back, "orders", "h").empty());
    CHECK(back.brokers.at(1).up == true);
  }
  SECTION("other filters begin the count anew") {
    console.options.groups = *NameFilter::parse("!nobody");
    CHECK(diff_of(console.pass(), "orders", "h") == 30);
    CHECK(diff_of(console.pass(), "orders", "h") == 0);
  }
  SECTION("down is what was seen going, not what cannot be told") {
    console.topics["orders"]["h"].push_back({"b", 0, 60, 20, std::nullopt});
    CHECK(console.pass().brokers.at(1).up == true);
    console.instead[by_topic + "orders"] = PaperConsole::status_error("no");
    CHECK_FALSE(console.pass().brokers.at(1).up.has_value());
  }
  SECTION("a silent console tells nothing") {
    for (const char* topic : {"orders", "payments"}) console.instead[by_topic + topic] = PaperConsole::status_error("no");
    CHECK_FALSE(console.pass().brokers.at(1).up.has_value());
  }
  SECTION("other filters judge anew") {
    console.options.topics = *NameFilter::parse("payments");
    const Snapshot& other = console.pass();
    CHECK(other.brokers.size() == 1);
  }
}

TEST_CASE("rule 12: a pair that is gone altogether") {
  PaperConsole console = small_cluster();
  console.topics["orders"]["g"].pop_back();
  console.topics["orders"]["h"] = {{"b", 0, 50, 20, me}};

  SECTION("with its broker: its rows stand") {
    console.pass();
    console.topics["orders"].erase("h");
    console.groups.erase("h");
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "h") == 30);
    CHECK(unknown_of(snapshot, "orders", "h") == "broker_missing");
    CHECK(snapshot.brokers.at(1).up == false);
  }
  SECTION("while its broker still answers elsewhere: it is gone") {
    console.topics["payments"]["g"].push_back({"b", 0, 10, 10, me});
    console.pass();
    console.topics["orders"].erase("h");
    console.groups.erase("h");
    const Snapshot& snapshot = console.pass();
    CHECK_FALSE(diff_of(snapshot, "orders", "h").has_value());
    CHECK(unknown_of(snapshot, "orders", "h").empty());
  }
  SECTION("its broker answers only for a group that is left out: not down") {
    console.topics["notices"]["bc"] = {{"b", 0, 10, 0, me}};
    console.groups["bc"].model = "BROADCASTING";
    console.pass();
    console.topics["orders"].erase("h");
    console.groups.erase("h");
    CHECK_FALSE(console.pass().brokers.at(1).up.has_value());
  }
  SECTION("it turned out to broadcast: nothing of it stands") {
    console.options.stale_after = 1h;
    console.topics["orders"]["h"] = {{"a", 0, 100, 90, me}, {"b", 0, 50, 20, me}};
    console.pass();
    console.topics["orders"]["h"].pop_back();
    console.groups["h"].model = "BROADCASTING";
    console.advance(11min);
    const Snapshot& snapshot = console.pass();
    CHECK(skipped_of(snapshot, "orders", "h") == "broadcast");
    CHECK_FALSE(diff_of(snapshot, "orders", "h").has_value());
    CHECK(unknown_of(snapshot, "orders", "h").empty());
  }
}

TEST_CASE("rule 12: a broker that is gone is forgotten after a day") {
  PaperConsole console = small_cluster();
  console.pass();
  for (auto& [topic, groups] : console.topics)
    for (auto& [group, queues] : groups) std::erase_if(queues, [](const PaperQueue& queue) { return queue.broker == "b"; });
  console.advance(1min);
  CHECK(console.pass().brokers.size() == 2);
  console.advance(25h);
  CHECK(console.pass().brokers.size() == 1);
}

TEST_CASE("rule 12: an answer in which every group is empty tells nothing about brokers") {
  PaperConsole console = small_cluster();
  console.pass();
  for (auto& [topic, groups] : console.topics)
    for (auto& [group, queues] : groups) queues.clear();
  console.advance(1min);
  const Snapshot& snapshot = console.pass();
  CHECK(unknown_of(snapshot, "orders", "g") == "empty");
  CHECK(diff_of(snapshot, "orders", "g") == 10);
  for (const BrokerState& broker : snapshot.brokers) CHECK_FALSE(broker.up.has_value());

  SECTION("also where others answer") {
    console.topics["payments"]["g"] = {{"a", 0, 10, 7, me}};
    const Snapshot& next = console.pass();
    CHECK(next.brokers.at(0).up == true);
    CHECK_FALSE(next.brokers.at(1).up.has_value());
  }
}

// ---- rule 13 ----

TEST_CASE("rule 13: a group that is online but under no topic is asked for by itself") {
  PaperConsole console = small_cluster();
  console.groups["lost"] = {};
  console.by_consumer["lost"]["orders"] = {{"a", 0, 100, 40, me}};
  console.topics["%RETRY%lost"]["lost"] = {{"a", 0, 0, 0, me}};  // does not count as listed
  const std::string ask = "/consumer/queryTopicByConsumer.query?consumerGroup=lost&address=10.0.0.3:10911";

  SECTION("its rows are used; it shows fewer queues than the others (rule 15)") {
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "lost") == 60);
    CHECK(parts_of(snapshot, "orders", "lost").at(0).incomplete);
    CHECK_FALSE(parts_of(snapshot, "orders", "g").at(0).incomplete);
    CHECK(snapshot.outcome == Outcome::complete);
  }
  SECTION("once at each broker, together") {
    console.addresses = {"10.0.0.3:10911", "10.0.0.4:10911"};
    console.instead["/consumer/queryTopicByConsumer.query?consumerGroup=lost&address=10.0.0.4:10911"] = PaperConsole::ok(
        R"({"status":0,"data":[{"topic":"orders","queueStatInfoList":[{"brokerName":"b","queueId":0,"brokerOffset":50,"consumerOffset":45,"clientInfo":null,"lastTimestamp":0}]}]})");
    CHECK(diff_of(console.pass(), "orders", "lost") == 65);
  }
  SECTION("one broker fails: unknown, none of its rows used") {
    console.addresses = {"10.0.0.3:10911", "10.0.0.4:10911"};
    console.instead["/consumer/queryTopicByConsumer.query?consumerGroup=lost&address=10.0.0.4:10911"] = PaperConsole::status_error("timeout");
    const Snapshot& snapshot = console.pass();
    CHECK(unknown_of(snapshot, "", "lost") == "not_listed");
    CHECK_FALSE(diff_of(snapshot, "orders", "lost").has_value());
    CHECK(snapshot.outcome == Outcome::partial);
  }
  SECTION("an answer without a topic of its own is no answer") {
    console.by_consumer["lost"].erase("orders");
    CHECK(unknown_of(console.pass(), "", "lost") == "not_listed");
    console.by_consumer["lost"]["%RETRY%lost"] = {{"a", 0, 0, 0, me}};
    CHECK(unknown_of(console.pass(), "", "lost") == "not_listed");
    CHECK(console.last->outcome == Outcome::partial);
  }
  SECTION("it is offline in truth") {
    console.instead["/consumer/group.query?consumerGroup=lost"] =
        PaperConsole::ok(R"({"status":0,"data":{"group":"lost","count":0,"messageModel":null,"diffTotal":-1}})");
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked(ask) == 0);
    CHECK(unknown_of(snapshot, "", "lost").empty());
  }
  SECTION("it broadcasts: left out, and told") {
    console.groups["lost"].model = "BROADCASTING";
    console.topics.erase("%RETRY%lost");
    const Snapshot& snapshot = console.pass();
    CHECK(skipped_of(snapshot, "", "lost") == "broadcast");
    CHECK(console.times_asked(ask) == 0);
  }
  SECTION("only where every topic was read") {
    console.more_topics = {"broken"};
    console.instead[by_topic + "broken"] = PaperConsole::fails(ErrorCode::timeout);
    console.pass();
    CHECK(console.times_asked(ask) == 0);
  }
  SECTION("a later pass that cannot ask keeps its rows") {
    console.pass();
    console.advance(1min);
    console.instead[by_topic + "payments"] = PaperConsole::status_error("no");
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "lost") == 60);
    CHECK(unknown_of(snapshot, "orders", "lost") == "not_listed");
  }
  SECTION("not under filters") {
    console.options.groups = *NameFilter::parse("!other*");
    console.pass();
    CHECK(console.times_asked(ask) == 0);
    console.options.groups = {};
    console.options.topics = *NameFilter::parse("!other*");
    console.pass();
    CHECK(console.times_asked(ask) == 0);
  }
  SECTION("not by an old list of topics, nor by an old list of groups") {
    console.pass();
    console.instead["/topic/list.query"] = PaperConsole::status_error("no");
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked(ask) == 0);
    CHECK(diff_of(snapshot, "orders", "lost") == 60);
    CHECK(unknown_of(snapshot, "orders", "lost") == "not_listed");
    console.instead = {{"/consumer/groupList.query?skipSysGroup=true", PaperConsole::status_error("no")}};
    console.advance(11min);
    console.pass();
    CHECK(console.times_asked(ask) == 0);
  }
  SECTION("the console does not say whether it is online") {
    console.instead["/consumer/group.query?consumerGroup=lost"] = PaperConsole::fails(ErrorCode::timeout);
    CHECK(unknown_of(console.pass(), "", "lost") == "not_listed");
    CHECK(console.times_asked(ask) == 0);
  }
  SECTION("its own answer says that it broadcasts") {
    console.groups["lost"].model = std::nullopt;
    console.instead["/consumer/group.query?consumerGroup=lost"] =
        PaperConsole::ok(R"({"status":0,"data":{"group":"lost","count":1,"messageModel":"BROADCASTING","diffTotal":-1}})");
    console.topics.erase("%RETRY%lost");
    CHECK(skipped_of(console.pass(), "", "lost") == "broadcast");
  }
  SECTION("gone offline it vanishes") {
    console.pass();
    console.instead["/consumer/group.query?consumerGroup=lost"] =
        PaperConsole::ok(R"({"status":0,"data":{"group":"lost","count":0,"messageModel":null,"diffTotal":-1}})");
    const Snapshot& snapshot = console.pass();
    CHECK_FALSE(diff_of(snapshot, "orders", "lost").has_value());
    CHECK(unknown_of(snapshot, "orders", "lost").empty());
  }
  SECTION("its answer fills what its retry topic left empty") {
    console.topics["%RETRY%lost"]["lost"] = {};
    console.by_consumer["lost"]["%RETRY%lost"] = {{"a", 0, 5, 3, me}};
    CHECK(diff_of(console.pass(), "%RETRY%lost", "lost") == 2);
  }
  SECTION("addresses of brokers: from the group list, else from the clusters, else it cannot be asked") {
    console.instead["/consumer/groupList.query?skipSysGroup=true"] = PaperConsole::ok(
        R"({"status":0,"data":[{"group":"g","count":1,"messageModel":"CLUSTERING","address":[]},{"group":"h","count":1,"messageModel":"CLUSTERING","address":[]},{"group":"lost","count":1,"messageModel":"CLUSTERING","address":[]}]})");
    CHECK(diff_of(console.pass(), "orders", "lost") == 60);
    CHECK(console.times_asked("/cluster/list.query") == 1);

    PaperConsole silent = small_cluster();
    silent.groups["lost"] = {};
    silent.addresses = {};
    const Snapshot& snapshot = silent.pass();
    const auto told = std::find_if(snapshot.unknown.begin(), snapshot.unknown.end(), [](const Unknown& unknown) { return unknown.topic == 0; });
    REQUIRE(told != snapshot.unknown.end());
    CHECK_THAT(told->message, ContainsSubstring("did not tell its brokers' addresses"));
  }
  SECTION("the system's own groups are no concern") {
    console.groups["%SYS%lost"] = {};
    CHECK(unknown_of(console.pass(), "", "%SYS%lost").empty());
    CHECK(console.times_asked_prefix("/consumer/group.query?consumerGroup=%SYS%") == 0);
  }
}

// ---- rule 14 ----

TEST_CASE("rule 14: the topic list") {
  PaperConsole console = small_cluster();
  for (const char* topic : {"t1", "t2", "t3"}) console.topics[topic]["g"] = {{"a", 0, 1, 0, me}};
  console.pass();
  console.advance(1min);

  SECTION("unreadable: the last one is used, its time told") {
    const auto read = console.last->topic_list_read;
    console.instead["/topic/list.query"] = PaperConsole::status_error("timeout");
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "g") == 10);
    CHECK(snapshot.topic_list_read == read);
    CHECK(snapshot.outcome == Outcome::partial);
    CHECK(snapshot.failures.at(0).target == "topic list");
  }
  SECTION("unreadable, and none before: the pass fails") {
    PaperConsole fresh = small_cluster();
    fresh.instead["/topic/list.query"] = PaperConsole::status_error("timeout");
    CHECK(fresh.pass().outcome == Outcome::failed);
    CHECK_THAT(fresh.last->failures.at(0).message, ContainsSubstring("timeout"));
  }
  SECTION("shrunk by more than a fifth: the missing ones stay one more pass") {
    console.instead["/topic/list.query"] = PaperConsole::ok(R"({"status":0,"data":{"topicList":["orders","payments"],"brokerAddr":null}})");
    CHECK(diff_of(console.pass(), "t1", "g") == 1);
    CHECK(console.last->failures.at(0).target == "topic list");
    CHECK_FALSE(diff_of(console.pass(), "t1", "g").has_value());
    CHECK(console.last->failures.empty());
  }
  SECTION("empty after a longer one: the same") {
    console.instead["/topic/list.query"] = PaperConsole::ok(R"({"status":0,"data":{"topicList":[],"brokerAddr":null}})");
    CHECK(diff_of(console.pass(), "orders", "g") == 10);
  }
  SECTION("one topic less is one topic less") {
    console.topics.erase("t1");
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked(by_topic + "t1") == 0);
    CHECK_FALSE(diff_of(snapshot, "t1", "g").has_value());
  }
}

// ---- rule 15 ----

TEST_CASE("rule 15: fewer queues than another group of the topic") {
  PaperConsole console = small_cluster();
  console.topics["orders"]["g"].pop_back();
  const Snapshot& snapshot = console.pass();
  CHECK(parts_of(snapshot, "orders", "g").at(0).incomplete);
  CHECK_FALSE(parts_of(snapshot, "orders", "h").at(0).incomplete);

  SECTION("rows that are carried over count as well") {
    for (auto& [group, queues] : console.topics["orders"]) std::erase_if(queues, [](const PaperQueue& queue) { return queue.broker == "b"; });
    CHECK(parts_of(console.pass(), "orders", "g").at(0).incomplete);
  }
  SECTION("but they are not judged by what came later") {
    console.topics["payments"]["h"] = {{"a", 0, 10, 10, me}};
    console.pass();
    console.topics["payments"]["h"].push_back({"a", 1, 10, 10, me});
    console.topics["payments"]["g"] = {};
    const Snapshot& later = console.pass();
    REQUIRE(diff_of(later, "payments", "g") == 3);
    CHECK_FALSE(parts_of(later, "payments", "g").at(0).incomplete);
  }
}

// ---- rule 16 ----

TEST_CASE("rule 16: only what cannot have reached the console's work is asked again") {
  PaperConsole console = small_cluster();
  const std::string url = by_topic + "payments";
  const auto [answer, times] = GENERATE(table<PaperConsole::Answer, int>({
      {PaperConsole::fails(ErrorCode::refused), 2},
      {PaperConsole::fails(ErrorCode::reset), 2},
      {PaperConsole::status_error("The adminExt group[admin_ext_group] has created already, specifed another name please."), 2},
      {PaperConsole::fails(ErrorCode::cut_off), 1},
      {PaperConsole::fails(ErrorCode::timeout), 1},
      {PaperConsole::status_error("no"), 1},
      {PaperConsole::ok("{"), 1},
  }));
  console.instead[url] = answer;
  console.pass();
  CHECK(console.times_asked(url) == times);
  console.instead[url] = PaperConsole::in_turn({PaperConsole::fails(ErrorCode::refused), console.model(url)});
  CHECK(console.pass().outcome == Outcome::complete);
}

TEST_CASE("rule 16: requests in flight are bounded") {
  PaperConsole console;
  for (int i = 0; i < 20; ++i) console.topics["t" + std::to_string(i)]["g"] = {{"a", 0, 1, 1, me}};
  console.groups["g"] = {};
  console.pass();
  CHECK(console.most_in_flight == 4);
  console.options.concurrency = 2;
  console.pass();
  CHECK(console.most_in_flight == 2);

  SECTION("the oldest consoles bear one") {
    PaperConsole oldest;
    oldest.topics = console.topics;
    oldest.namesrv = std::nullopt;
    oldest.instead["/topic/list.query"] = PaperConsole::ok(R"({"status":0,"data":{"topicList":["TBW102","t1","t2","t3"],"brokerAddr":null}})");
    oldest.instead["/login/check.query"] = PaperConsole::http(404, R"({"timestamp":1,"status":404,"error":"Not Found"})");
    oldest.pass();
    CHECK(oldest.most_in_flight == 1);
    CHECK(oldest.last->generation == "G0");
  }
}

TEST_CASE("rule 16: a request that timed out keeps its slot; after two in a row it is one at a time") {
  PaperConsole console;
  for (int i = 0; i < 12; ++i) console.topics["t" + std::to_string(i)]["g"] = {{"a", 0, 1, 1, me}};
  console.groups["g"] = {};
  console.instead[by_topic + "t0"] = PaperConsole::fails(ErrorCode::timeout);
  console.pass();
  CHECK(console.slots.until.size() == 1);
  CHECK_FALSE(console.slots.one_at_a_time);

  SECTION("two that are not in a row") {
    console.advance(1h);
    console.instead["/consumer/groupList.query?skipSysGroup=true"] = PaperConsole::fails(ErrorCode::timeout);
    console.pass();
    CHECK(console.slots.until.size() == 2);
    CHECK_FALSE(console.slots.one_at_a_time);
  }
  SECTION("an hour later the slot is free again") {
    console.advance(1h);
    console.instead.clear();
    console.pass();
    CHECK(console.slots.until.empty());
    CHECK(console.most_in_flight == 4);
  }
  SECTION("while it is held, one request less is in flight") {
    console.instead.clear();
    console.pass();
    CHECK(console.most_in_flight == 3);
  }
  SECTION("two in a row") {
    console.advance(1h);
    for (const char* path : {"/ops/homePage.query", "/topic/list.query"}) console.instead[path] = PaperConsole::fails(ErrorCode::timeout);
    for (int i = 0; i < 12; ++i) console.instead[by_topic + "t" + std::to_string(i)] = PaperConsole::fails(ErrorCode::timeout);
    console.pass();
    CHECK(console.slots.one_at_a_time);
    CHECK(console.most_in_flight == 1);
    console.instead.clear();
    console.advance(1h);
    console.pass();
    CHECK_FALSE(console.slots.one_at_a_time);
  }
}

TEST_CASE("rule 16: when no slot is left the collector waits for one") {
  PaperConsole console;
  for (int i = 0; i < 3; ++i) console.topics["t" + std::to_string(i)]["g"] = {{"a", 0, 1, 1, me}};
  console.options.concurrency = 1;
  console.deadline = 10min;
  console.instead[by_topic + "t0"] = PaperConsole::fails(ErrorCode::timeout);
  const auto begun = console.now.steady;
  const Snapshot& snapshot = console.pass();
  CHECK(snapshot.topics_read == 2);
  CHECK(console.now.steady - begun >= 50s);
}

// ---- literal names ----

TEST_CASE("literal topics skip the topic list") {
  PaperConsole console = small_cluster();
  console.options.topics = *NameFilter::parse("orders,absent");
  console.instead[by_topic + "absent"] = PaperConsole::status_error("CODE: 17  DESC: No topic route info");
  const Snapshot& snapshot = console.pass();
  CHECK(console.times_asked("/topic/list.query") == 0);
  CHECK(diff_of(snapshot, "orders", "g") == 10);
  CHECK(unknown_of(snapshot, "absent") == "status_error");
}

TEST_CASE("literal groups cost only what they need") {
  PaperConsole console = small_cluster();
  console.options.groups = *NameFilter::parse("g");
  console.by_consumer["g"]["orders"] = {{"a", 0, 100, 90, me}, {"b", 0, 50, 50, me}};
  console.by_consumer["g"]["%RETRY%g"] = {{"a", 0, 0, 0, me}};
  console.groups["g"].subscribes = {"orders", "payments"};

  SECTION("rows by group, and a subscribed topic without an answer is told") {
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "g") == 10);
    CHECK(unknown_of(snapshot, "payments", "g") == "empty");
    CHECK(console.times_asked("/topic/list.query") == 0);
    CHECK(console.times_asked_prefix("/consumer/groupList") == 0);
    CHECK(console.asked.size() <= 8);
    CHECK(snapshot.topics_read == 3);
    CHECK(snapshot.outcome == Outcome::partial);
  }
  SECTION("a group that nobody knows") {
    console.options.groups = *NameFilter::parse("nobody");
    const Snapshot& snapshot = console.pass();
    CHECK_FALSE(unknown_of(snapshot, "", "nobody").empty());
    CHECK(snapshot.outcome == Outcome::failed);
  }
  SECTION("one that fails keeps its rows") {
    console.pass();
    console.instead["/consumer/queryTopicByConsumer.query?consumerGroup=g&address=10.0.0.3:10911"] = PaperConsole::fails(ErrorCode::timeout);
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "g") == 10);
    CHECK(unknown_of(snapshot, "orders", "g") == "timeout");
    CHECK(unknown_of(snapshot, "", "g") == "timeout");
  }
  SECTION("where the user may not ask for groups, the topic list is used") {
    console.instead["/consumer/group.query?consumerGroup=g"] = PaperConsole::status_error("no permission");
    const Snapshot& snapshot = console.pass();
    CHECK(console.times_asked("/topic/list.query") == 1);
    CHECK(diff_of(snapshot, "payments", "g") == 3);
    CHECK(skipped_of(snapshot, "orders", "h") == "filtered");
  }
  SECTION("the addresses that the group's own answer tells") {
    console.instead["/consumer/group.query?consumerGroup=g"] =
        PaperConsole::ok(R"({"status":0,"data":{"group":"g","count":1,"messageModel":"CLUSTERING","diffTotal":1,"address":["10.0.0.9:10911"]}})");
    console.pass();
    CHECK(console.times_asked("/consumer/queryTopicByConsumer.query?consumerGroup=g&address=10.0.0.9:10911") == 1);
    CHECK(console.times_asked_prefix("/consumer/queryTopicByConsumer") == 1);
  }
  SECTION("literal topics win") {
    console.options.topics = *NameFilter::parse("payments");
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "payments", "g") == 3);
    CHECK_FALSE(diff_of(snapshot, "orders", "g").has_value());
  }
  SECTION("broadcast is broadcast here, too") {
    console.groups["g"].model = "BROADCASTING";
    CHECK(skipped_of(console.pass(), "orders", "g") == "broadcast");
    console.by_consumer["g"].clear();  // as on brokers 5.3.3
    const Snapshot& snapshot = console.pass();
    CHECK(skipped_of(snapshot, "", "g") == "broadcast");
    CHECK(unknown_of(snapshot, "", "g").empty());
  }
  SECTION("two groups that the user may not ask for: the topic list alone decides") {
    console.options.groups = *NameFilter::parse("g,h");
    console.instead["/consumer/group.query?consumerGroup=g"] = PaperConsole::status_error("no permission");
    console.instead["/consumer/group.query?consumerGroup=h"] = PaperConsole::fails(ErrorCode::timeout);
    const Snapshot& snapshot = console.pass();
    CHECK(diff_of(snapshot, "orders", "h") == 30);
    CHECK(snapshot.unknown.empty());
  }
}

TEST_CASE("group filters: what is left out is told") {
  PaperConsole console = small_cluster();
  console.options.groups = *NameFilter::parse("*,!h");
  const Snapshot& snapshot = console.pass();
  CHECK(skipped_of(snapshot, "orders", "h") == "filtered");
  CHECK(diff_of(snapshot, "orders", "g") == 10);
  CHECK(snapshot.outcome == Outcome::complete);
}

// ---- Studio, wrong context path ----

TEST_CASE("what is no console says why") {
  PaperConsole console = small_cluster();
  SECTION("Studio, by its envelope") {
    console.instead["/topic/list.query"] = PaperConsole::http(404, R"({"code":404,"message":"no","data":null})");
    CHECK_THAT(console.pass().failures.at(0).message, ContainsSubstring("Studio"));
  }
  SECTION("Studio, behind its HTML") {
    console.instead["/topic/list.query"] = PaperConsole::http(200, "<!doctype html><html></html>");
    console.instead["/api/auth/status"] = PaperConsole::http(200, R"({"code":200,"message":"success","data":{"loginRequired":true}})");
    CHECK_THAT(console.pass().failures.at(0).message, ContainsSubstring("Studio"));
  }
  SECTION("a missing context path") {
    for (const char* path : {"/login/check.query", "/ops/homePage.query", "/topic/list.query", "/api/auth/status"})
      console.instead[path] = PaperConsole::http(404, "<!doctype html>");
    CHECK_THAT(console.pass().failures.at(0).message, ContainsSubstring("404 at /topic/list.query: is a context path missing"));
  }
  CHECK(console.last->outcome == Outcome::failed);
}

// ---- counters, members ----

TEST_CASE("facts that are refused are a state: nothing more of the kind is asked for ten minutes") {
  PaperConsole console = small_cluster();
  console.options.concurrency = 1;
  for (const char* topic : {"orders", "payments", "t1", "t2"}) {
    console.topics[topic][topic] = {{"a", 0, 100, 0, std::nullopt}};
    console.instead["/consumer/group.query?consumerGroup=" + std::string(topic)] = PaperConsole::status_error("no permission");
  }
  console.pass();
  CHECK(console.times_asked_prefix("/consumer/group.query") <= 2);  // the second was on its way
  console.advance(1min);
  console.pass();
  CHECK(console.times_asked_prefix("/consumer/") == 0);
  console.advance(10min);
  console.pass();
  CHECK(console.times_asked_prefix("/consumer/groupList") == 1);
}

TEST_CASE("a group that has left the group list is asked about again") {
  PaperConsole console = small_cluster();
  console.topics["orders"]["orders"] = {{"a", 0, 100, 0, std::nullopt}};
  console.groups["orders"] = {};
  CHECK(diff_of(console.pass(), "orders", "orders") == 100);
  console.groups.erase("orders");
  console.advance(11min);
  CHECK(skipped_of(console.pass(), "orders", "orders") == "ghost");
}

TEST_CASE("times are those of what was read, not of the pass") {
  PaperConsole console = small_cluster();
  console.pass();
  const auto first = console.last;
  console.advance(1min);
  console.instead[by_topic + "payments"] = PaperConsole::status_error("no");
  const Snapshot& second = console.pass();
  CHECK(second.group_list_read == first->group_list_read);
  CHECK(second.last_complete == first->last_complete);
  CHECK(second.topic_list_read > first->topic_list_read);
}

TEST_CASE("counters add up from pass to pass") {
  PaperConsole console = small_cluster();
  console.pass();
  console.instead[by_topic + "payments"] = PaperConsole::fails(ErrorCode::timeout);
  const Snapshot& snapshot = console.pass();
  const auto& topics = snapshot.counters.requests[static_cast<std::size_t>(Endpoint::consumers_by_topic)];
  CHECK(topics[static_cast<std::size_t>(RequestResult::ok)] == 3);
  CHECK(topics[static_cast<std::size_t>(RequestResult::timeout)] == 1);
  CHECK(snapshot.counters.collections[static_cast<std::size_t>(Outcome::complete)] == 1);
  CHECK(snapshot.counters.collections[static_cast<std::size_t>(Outcome::partial)] == 1);
  CHECK(snapshot.counters.received_bytes > snapshot.cost.bytes);
  CHECK(snapshot.pass == 2);
}

TEST_CASE("broker offsets that go backwards are counted") {
  PaperConsole console = small_cluster();
  console.pass();
  console.topics["orders"]["g"][1].broker_offset = 49;
  console.topics["orders"]["h"][1].broker_offset = 49;
  const Snapshot& snapshot = console.pass();
  CHECK(snapshot.brokers.at(0).regressions == 0);
  CHECK(snapshot.brokers.at(1).regressions == 1);
  CHECK(console.pass().brokers.at(1).regressions == 1);
}

TEST_CASE("duplicate client ids are looked for in partly unowned groups, where that is wanted") {
  PaperConsole console = small_cluster();
  console.groups["h"].clients = {{"172.17.0.2@1", "10.1.1.1:100"}, {"172.17.0.2@1", "10.1.1.2:100"}, {"10.0.0.9@5", "10.0.0.9:7"}};
  console.pass();
  CHECK(console.times_asked_prefix("/consumer/consumerConnection") == 0);
  console.options.ask_members = true;
  const Snapshot& snapshot = console.pass();
  CHECK(console.times_asked_prefix("/consumer/consumerConnection.query?consumerGroup=h") == 1);
  const auto facts = std::find_if(snapshot.groups.begin(), snapshot.groups.end(), [&](const auto& group) { return name_of(snapshot, group.group) == "h"; });
  REQUIRE(facts != snapshot.groups.end());
  CHECK(facts->duplicate_client_ids == 1);
}

TEST_CASE("members are asked about in turn, one request in ten, and not where no queue has an owner") {
  PaperConsole console;
  for (int i = 0; i < 6; ++i) {
    const std::string group = "g" + std::to_string(i);
    console.topics["t"][group] = {{"a", 0, 9, 9, me}, {"a", 1, 9, 9, std::nullopt}};
    console.groups[group] = {};
  }
  console.topics["t"]["pop"] = {{"a", 0, 9, 9, std::nullopt}};
  console.groups["pop"] = {};
  console.options.ask_members = true;
  std::set<std::string> asked;
  for (int pass = 0; pass < 6; ++pass) {
    console.advance(3min);  // the first are due again before the last were asked
    console.pass();
    CHECK(console.times_asked_prefix("/consumer/consumerConnection") <= 1);
    for (const std::string& url : console.asked)
      if (url.starts_with("/consumer/consumerConnection")) CHECK(asked.insert(url).second);
  }
  CHECK(asked.size() == 6);
  CHECK_FALSE(asked.contains("/consumer/consumerConnection.query?consumerGroup=pop&address=10.0.0.3:10911"));
  console.pass();
  CHECK(console.times_asked("/consumer/consumerConnection.query?consumerGroup=g0&address=10.0.0.3:10911") == 1);
}

// ---- shards ----

TEST_CASE("shards: every topic falls to one, wherever it is asked") {
  PaperConsole whole;
  for (int i = 0; i < 300; ++i) whole.topics["topic-" + std::to_string(i)]["g"] = {{"a", 0, 10, i % 7, me}};
  whole.groups["g"] = {};
  whole.pass();

  std::set<std::string> seen;
  std::size_t smallest = 300;
  for (int shard = 1; shard <= 3; ++shard) {
    PaperConsole part;
    part.topics = whole.topics;
    part.groups = whole.groups;
    part.options.shard = shard;
    part.options.shards = 3;
    const Snapshot& snapshot = part.pass();
    CHECK(snapshot.outcome == Outcome::complete);
    smallest = std::min(smallest, snapshot.blocks.size());
    for (const auto& block : snapshot.blocks) CHECK(seen.insert(name_of(snapshot, block->topic)).second);
  }
  CHECK(seen.size() == 300);
  CHECK(smallest > 70);  // no shard is starved
}

TEST_CASE("shards: rule 13 needs the sight of every topic") {
  PaperConsole console = small_cluster();
  console.groups["lost"] = {};
  console.by_consumer["lost"]["orders"] = {{"a", 0, 100, 40, me}};
  console.options.shards = 2;
  console.pass();
  CHECK(console.times_asked_prefix("/consumer/queryTopicByConsumer") == 0);
}
