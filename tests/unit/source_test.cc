// source_test.cc: the loop that joins a collector to a transport, over every recording of a real console.
#include "rmqlag/source.h"

#include <algorithm>

#include "rmqlag/aggregate.h"
#include "rmqlag/har.h"
#include "support/catch.h"
#include "support/recordings.h"
#include "support/snapshot_view.h"

using namespace rmqlag;
using namespace rmqlag::test;

namespace {

struct Replayed {
  std::shared_ptr<HarReplay> transport;
  std::unique_ptr<Source> source;
  std::shared_ptr<const Snapshot> pass(std::shared_ptr<const Snapshot> previous = nullptr) const {
    Collect how;
    how.previous = std::move(previous);
    return source->collect(how);
  }
};

Replayed replay(const std::vector<std::string>& files, CollectOptions options = {}) {
  auto opened = HarReplay::open(files);
  REQUIRE(opened.has_value());
  Replayed result;
  result.transport = *std::move(opened);
  auto source = make_console_source(*finalize({result.transport->base_url(), "any", "login", {}, ""}), std::move(options), result.transport);
  REQUIRE(source.has_value());
  result.source = *std::move(source);
  return result;
}

std::string capture(const std::string& name) { return (captures() / name).string(); }

}  // namespace

TEST_CASE("options out of range are refused by name") {
  const auto why = [](CollectOptions options) {
    auto source = make_console_source(*finalize({"c", "", "", {}, ""}), std::move(options), blocking([](const HttpRequest&, auto) {
                                        return Error{ErrorCode::refused, ""};
                                      }));
    return source ? std::string() : source.error().message;
  };
  CollectOptions options;
  CHECK(why(options).empty());
  options.concurrency = 9;
  CHECK_THAT(why(options), ContainsSubstring("concurrency"));
  options = {};
  options.request_timeout = std::chrono::milliseconds(0);
  CHECK_THAT(why(options), ContainsSubstring("time-out"));
  options = {};
  options.stale_after = std::chrono::milliseconds(-1);
  CHECK_THAT(why(options), ContainsSubstring("stale"));
  options = {};
  options.shard = 3;
  options.shards = 2;
  CHECK_THAT(why(options), ContainsSubstring("shard"));
  CHECK_FALSE(make_console_source(*finalize({"c", "", "", {}, ""}), {}, nullptr).has_value());
}

TEST_CASE("a pass over each recording of the mix ends as the brokers' own figures say") {
  const auto [name, rows, outcome] = GENERATE(table<std::string, std::size_t, Outcome>({
      {"console-1.0.0-broker-4.9.7", 149, Outcome::complete},
      {"console-ng-2.0.0-broker-4.9.7", 149, Outcome::complete},
      {"dashboard-1.0.0-broker-4.9.7", 149, Outcome::complete},
      {"dashboard-1.0.0-broker-5.3.3", 132, Outcome::partial},
      {"dashboard-2.1.0-broker-5.3.3", 132, Outcome::partial},
      {"dashboard-2.1.1-snapshot-broker-5.3.3", 132, Outcome::partial},
  }));
  CAPTURE(name);
  const auto snapshot = replay({capture(name + "/mixed-t1.har")}).pass();
  std::size_t read = 0;
  for (const auto& block : snapshot->blocks) read += block->rows.size();
  CHECK(read == rows);
  CHECK(snapshot->outcome == outcome);
}

TEST_CASE("a broker that is killed between two recordings keeps its rows") {
  CollectOptions options;
  options.stale_after = std::chrono::minutes(15);
  const auto replayed = replay({capture("dashboard-1.0.0-broker-4.9.7/mixed-t1.har"), capture("dashboard-1.0.0-broker-4.9.7/broker-b-killed.har")}, options);
  const auto first = replayed.pass(), second = replayed.pass(first);
  CHECK(unknown_of(*second, "orders", "g-slow") == "broker_missing");
  CHECK(rows_of(*second, "orders", "g-slow").size() == rows_of(*first, "orders", "g-slow").size());
  const auto broker_b = std::find_if(second->brokers.begin(), second->brokers.end(), [&](const auto& broker) { return name_of(*second, broker.broker) == "broker-b"; });
  REQUIRE(broker_b != second->brokers.end());
  CHECK(broker_b->up == false);
}

TEST_CASE("a broker that hangs turns nothing into 0") {
  CollectOptions options;
  options.stale_after = std::chrono::minutes(15);
  const std::string name = GENERATE("console-1.0.0-broker-4.9.7", "dashboard-1.0.0-broker-4.9.7", "dashboard-2.1.0-broker-5.3.3", "dashboard-2.1.1-snapshot-broker-5.3.3");
  CAPTURE(name);
  const auto replayed = replay({capture(name + "/mixed-t1.har"), capture(name + "/broker-b-hung.har")}, options);
  const auto first = replayed.pass(), second = replayed.pass(first);
  CHECK(second->outcome != Outcome::complete);
  std::size_t before = 0, after = 0;
  for (const auto& block : first->blocks) before += block->rows.size();
  for (const auto& block : second->blocks) {
    after += block->rows.size();
    for (const Part& part : block->parts)
      CHECK(second->carried(part) == !unknown_of(*second, name_of(*second, block->topic), name_of(*second, part.group)).empty());
  }
  CHECK(after == before);
}

TEST_CASE("a stop ends the pass early and leaves the rest unknown") {
  std::stop_source stop;
  const auto replayed = replay({capture("dashboard-1.0.0-broker-4.9.7/mixed-t1.har")});
  Collect how;
  how.stop = stop.get_token();
  int seen = 0;
  how.progress = [&](int done, int of) {
    CHECK(done <= of);
    if (++seen == 12) stop.request_stop();
  };
  const auto snapshot = replayed.source->collect(how);
  CHECK(snapshot->outcome == Outcome::partial);
  CHECK(snapshot->topics_read > 0);
  CHECK(snapshot->topics_unknown > 0);
  for (const Unknown& unknown : snapshot->unknown) CHECK(unknown.reason == Reason::deadline);
}

TEST_CASE("names keep their ids from snapshot to snapshot") {
  const auto replayed = replay({capture("dashboard-1.0.0-broker-4.9.7/mixed-t0.har"), capture("dashboard-1.0.0-broker-4.9.7/mixed-t1.har")});
  const auto first = replayed.pass(), second = replayed.pass(first), third = replayed.pass(second);
  for (NameId id = 1; id < first->names->size(); ++id) CHECK((*first->names)[id] == (*second->names)[id]);
  CHECK(second->names == third->names);  // nothing new: the same table, not a copy
}
