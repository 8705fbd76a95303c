// lag_api_test.cc: /api/v1/lag: what a query may say, what is left of a snapshot, when an answer is spared.
#include "lag_api.h"

#include <memory>
#include <string>
#include <vector>

#include "rmqlag/aggregate.h"
#include "support/catch.h"
#include "support/snapshot_builder.h"

namespace rmqlag::tools {
namespace {

using test::SnapshotBuilder;
using test::wall;

std::string refusal(const std::vector<Header>& parameters) {
  const auto query = parse_lag_query(parameters);
  return query ? "" : query.error().message;
}

std::string text(const Response& response) {
  std::string all;
  for (const auto& part : response.body) all += *part;
  return all;
}

std::string header(const Response& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

Request request(std::vector<Header> parameters, std::vector<Header> headers = {}) {
  return {"/api/v1/lag", std::move(headers), std::move(parameters)};
}

/// Two topics, three groups, one pair carried over, something unknown and left out of each kind.
SnapshotBuilder mixed() {
  SnapshotBuilder made;
  made.add_row("orders", "billing", "a", 0, 10, 4)
      .add_row("orders", "billing", "a", 1, 10, 7)
      .add_row("orders", "ledger", "a", 0, 10, 10)
      .add_row("payments", "audit", "a", 0, 5, 4)
      .reading(41, wall(1'699'999'940'000))
      .add_row("payments", "billing", "b", 0, 30, 10)
      .unknown("payments", "billing", Reason::timeout)
      .unknown("payments", "", Reason::deadline)
      .unknown("", "lonely", Reason::not_listed)
      .skipped("", "cast", Skip::broadcast)
      .skipped("orders", "orders", Skip::ghost)
      .facts("audit", 1)
      .facts("billing", 2)
      .failure("topic list", Reason::timeout);
  return made;
}

LagQuery only(std::optional<std::string> topic, std::optional<std::string> group) {
  LagQuery query;
  query.topic = std::move(topic);
  query.group = std::move(group);
  return query;
}

std::size_t row_count(const Snapshot& snapshot) {
  std::size_t count = 0;
  for (const auto& block : snapshot.blocks) count += block->rows.size();
  return count;
}

TEST_CASE("A query without parameters is the dump's default") {
  const auto query = parse_lag_query({});
  REQUIRE(query);
  CHECK(query->json.selection.by == Selection{}.by);
  CHECK_FALSE(query->json.rows);
  CHECK_FALSE(query->topic);
  CHECK_FALSE(query->group);
}

TEST_CASE("Each parameter is taken") {
  const auto query = parse_lag_query({{"by", "queue,topic"},
                                      {"rows", "1"},
                                      {"top", "7"},
                                      {"min_lag", "9223372036854775807"},
                                      {"sort", "name"},
                                      {"topic", "%RETRY%g"},
                                      {"group", "g"}});
  REQUIRE(query);
  CHECK(query->json.selection.by == (by::topic | by::queue));
  CHECK(query->json.rows);
  CHECK(query->json.selection.top == 7);
  CHECK(query->json.selection.min_lag == 9'223'372'036'854'775'807);
  CHECK(query->json.selection.sort == Sort::name);
  CHECK(query->topic == "%RETRY%g");
  CHECK(query->group == "g");
}

TEST_CASE("What is wrong is told in a sentence that repeats nothing of it") {
  struct Case {
    std::vector<Header> parameters;
    const char* sentence;
  };
  const Case c = GENERATE(values<Case>({
      {{{"by", "<b>"}}, "by must be a comma list of topic, group, broker, queue, process, host"},
      {{{"rows", ""}}, "rows must be 0 or 1"},
      {{{"rows", "true"}}, "rows must be 0 or 1"},
      {{{"top", "-1"}}, "top must be a whole number, 0 for all"},
      {{{"top", "2147483648"}}, "top must be a whole number, 0 for all"},
      {{{"min_lag", "9223372036854775808"}}, "min_lag must be a whole number from 0"},
      {{{"sort", "LAG"}}, "sort must be lag or name"},
      {{{"topic", ""}}, "topic must be the name of a topic"},
      {{{"group", ""}}, "group must be the name of a consumer group"},
      {{{"sort", "lag"}, {"sort", "lag"}}, "sort is given twice"},
      {{{"top", "1"}, {"\"}", "1"}}, "the query has a parameter that is none of by, rows, top, min_lag, sort, topic, group"},
      {{{"", ""}}, "the query has a parameter that is none of by, rows, top, min_lag, sort, topic, group"},
  }));
  CHECK(refusal(c.parameters) == c.sentence);
}

TEST_CASE("Without a name nothing is cut off") {
  const Snapshot all = mixed().build();
  const Snapshot same = restricted(all, {});
  CHECK(same.blocks == all.blocks);
  CHECK(same.unknown.size() == all.unknown.size());
  CHECK(same.skipped.size() == all.skipped.size());
  CHECK(same.groups.size() == all.groups.size());
}

TEST_CASE("A pair keeps its rows, and whatever may concern it") {
  const Snapshot all = mixed().build();
  const Snapshot pair = restricted(all, only("payments", "billing"));
  const std::vector<Total> totals = aggregate(pair, by::topic | by::group);
  REQUIRE(totals.size() == 1);
  CHECK(totals.front().lag == 20);
  CHECK(totals.front().carried);
  REQUIRE(pair.unknown.size() == 2);  // the pair, and the whole topic
  CHECK(pair.skipped.empty());
  CHECK(pair.groups.size() == 1);
  CHECK(pair.failures.size() == 1);
}

TEST_CASE("A group keeps all its topics, a topic all its groups") {
  const Snapshot all = mixed().build();
  const Snapshot group = restricted(all, only({}, "billing"));
  CHECK(group.blocks.size() == 2);
  CHECK(row_count(group) == 3);
  CHECK(aggregate(group, by::group).size() == 1);

  const Snapshot topic = restricted(all, only("orders", {}));
  CHECK(row_count(topic) == 3);
  CHECK(aggregate(topic, by::group).size() == 2);
  CHECK(topic.skipped.size() == 2);  // the ghost, and the group that is left out wherever it is
  CHECK(restricted(all, only({}, "lonely")).unknown.size() == 2);  // itself, and the whole topic that may have it
}

TEST_CASE("A name that is not there has no rows") {
  const Snapshot all = mixed().build();
  const auto [topic, group] = GENERATE(table<std::optional<std::string>, std::optional<std::string>>(
      {{"nowhere", std::nullopt}, {std::nullopt, "nobody"}, {"orders", "audit"}, {"nowhere", "nobody"}}));
  CHECK(row_count(restricted(all, only(topic, group))) == 0);
  CHECK(restricted(all, only(topic, group)).blocks.empty());
}

TEST_CASE("Nothing is known before the first collection; a wrong query is wrong even then") {
  LagApi api;
  CHECK(api.answer(nullptr, request({})).status == 503);
  CHECK(api.answer(nullptr, request({{"by", "x"}})).status == 400);
}

TEST_CASE("An asker that has the snapshot is spared the answer") {
  LagApi api;
  const auto snapshot = std::make_shared<const Snapshot>(mixed().build());
  const Response first = api.answer(snapshot, request({}));
  CHECK(first.status == 200);
  CHECK(first.content_type == "application/json");
  CHECK(header(first, "Cache-Control") == "no-store");
  const std::string tag = header(first, "ETag");
  CHECK(tag == "\"42-1700000002500\"");

  const Response again = api.answer(snapshot, request({{"by", "topic"}}, {{"If-None-Match", tag}}));
  CHECK(again.status == 304);
  CHECK(text(again).empty());
  CHECK(api.answer(snapshot, request({}, {{"If-None-Match", "\"41-1700000002500\""}})).status == 200);
}

TEST_CASE("What the page asks for is encoded once a snapshot") {
  LagApi api;
  const auto snapshot = std::make_shared<const Snapshot>(mixed().build());
  const auto next = std::make_shared<const Snapshot>(SnapshotBuilder().build());
  const Request of_page = request({{"by", "topic,group"}});
  const Response first = api.answer(snapshot, of_page);
  CHECK(api.answer(snapshot, of_page).body == first.body);  // the same text, not an equal one
  CHECK(text(api.answer(snapshot, request({{"by", "topic,group"}, {"group", "audit"}}))) != text(first));
  CHECK(text(api.answer(next, of_page)) != text(first));
}

}  // namespace
}  // namespace rmqlag::tools
