// exposition_test.cc: answers to scrapes: of one snapshot everything that is large is made once.
#include "exposition.h"

#include <algorithm>
#include <string>

#include "support/catch.h"
#include "support/snapshot_builder.h"
#include "support/unzipped.h"

using namespace rmqlag;
using namespace rmqlag::tools;

namespace {

constexpr auto text_type = "text/plain; version=0.0.4; charset=utf-8";
constexpr auto openmetrics_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::shared_ptr<const Snapshot> snapshot_of_pass(std::uint64_t pass) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->names = std::make_shared<const Names>();
  snapshot->pass = pass;
  snapshot->outcome = Outcome::complete;
  return snapshot;
}

Request request(const std::string& accept, const std::string& encoding = "") {
  return {"/metrics", {{"Accept", accept}, {"Accept-Encoding", encoding}}};
}

/// Of several megabytes as text.
std::shared_ptr<const Snapshot> large_snapshot() {
  test::SnapshotBuilder builder;
  for (std::int32_t queue = 0; queue < 30'000; ++queue) builder.add_row("orders", "billing", "broker-a", queue, 120, 100);
  return std::make_shared<const Snapshot>(builder.build());
}

/// "own_family N".
ExpositionTail tail(std::int64_t value) {
  return [value](MetricSink& sink) {
    sink.family({"own_family", "Of the program.", false, {}, MetricSet::own});
    sink.sample({}, value);
  };
}

std::string text_of(const Response& response) {
  std::string text;
  for (const auto& part : response.body) text += *part;
  return text;
}

/// How many parts two answers have in common.
std::ptrdiff_t shared_parts(const Response& a, const Response& b) {
  return std::ranges::count_if(a.body, [&b](const auto& part) { return std::ranges::find(b.body, part) != b.body.end(); });
}

std::string header_of(const Response& response, std::string_view name) {
  const auto found = std::ranges::find(response.headers, name, &Header::name);
  return found == response.headers.end() ? "" : found->value;
}

}  // namespace

TEST_CASE("exposition: the snapshot's families, then those of the program") {
  Exposition exposition({});
  const Response text = exposition.answer(request("text/plain"), snapshot_of_pass(1), tail(7));
  CHECK(text.status == 200);
  CHECK(text.content_type == text_type);
  CHECK(header_of(text, "Vary") == "Accept, Accept-Encoding");
  CHECK(header_of(text, "Content-Encoding").empty());
  CHECK_THAT(text_of(text), ContainsSubstring("\nrmqlag_up 1\n") && ContainsSubstring("\nown_family 7\n") && !ContainsSubstring("# EOF"));

  const Response openmetrics = exposition.answer(request("application/openmetrics-text;version=1.0.0"), snapshot_of_pass(1), {});
  CHECK(openmetrics.content_type == openmetrics_type);
  CHECK(text_of(openmetrics).ends_with("# EOF\n"));
}

TEST_CASE("exposition: of one snapshot each form is made once, the rest anew") {
  Exposition exposition({});
  const auto first = snapshot_of_pass(1);
  for (const char* accept : {"text/plain", "application/openmetrics-text;version=1.0.0"}) {
    for (const char* encoding : {"", "gzip"}) {
      CAPTURE(accept, encoding);
      const Request asked = request(accept, encoding);
      const Response one = exposition.answer(asked, first, tail(1));
      const Response two = exposition.answer(asked, first, tail(2));
      CHECK(header_of(one, "Content-Encoding") == encoding);
      CHECK(shared_parts(one, two) >= 1);
      CHECK(text_of(one) != text_of(two));
    }
  }
  const Request asked = request("text/plain");
  const Response before = exposition.answer(asked, first, {});
  const Response after = exposition.answer(asked, snapshot_of_pass(2), {});
  CHECK(shared_parts(before, after) == 0);
}

TEST_CASE("exposition: at once is answered what has been made, and nothing else") {
  Exposition exposition({});
  const auto snapshot = snapshot_of_pass(1);
  const Request asked = request("text/plain");
  CHECK_FALSE(exposition.answer_at_once(asked, snapshot, tail(1)));
  CHECK_FALSE(exposition.answer_at_once(asked, nullptr, tail(1)));

  const Response made = exposition.answer(asked, snapshot, tail(1));
  const auto again = exposition.answer_at_once(asked, snapshot, tail(1));
  REQUIRE(again);
  CHECK(text_of(*again) == text_of(made));
  CHECK_FALSE(exposition.answer_at_once(request("text/plain", "gzip"), snapshot, tail(1)));
  CHECK_FALSE(exposition.answer_at_once(request("application/openmetrics-text;version=1.0.0"), snapshot, tail(1)));
  CHECK_FALSE(exposition.answer_at_once(asked, snapshot_of_pass(2), tail(1)));
}

TEST_CASE("exposition: a large one goes out in pieces, which are the whole") {
  const auto snapshot = large_snapshot();
  const auto [accept, format] = GENERATE(table<std::string, ExpositionFormat>(
      {{"text/plain", ExpositionFormat::text}, {"application/openmetrics-text;version=1.0.0", ExpositionFormat::openmetrics}}));
  std::string whole;
  PrometheusText sink(whole, format);
  write_metrics(*snapshot, {}, sink);
  sink.finish();

  Exposition exposition({});
  const Response plain = exposition.answer(request(accept), snapshot, {});
  const Response zipped = exposition.answer(request(accept, "gzip"), snapshot, {});
  const Response zipped_alone = Exposition({}).answer(request(accept, "gzip"), snapshot, {});
  CHECK(text_of(plain) == whole);
  REQUIRE(plain.body.size() > 3);
  CHECK(std::ranges::all_of(plain.body, [](const auto& part) { return part->size() < (1 << 20) + 1000; }));
  CHECK(text_of(zipped_alone) == text_of(zipped));
  CHECK(test::unzipped(text_of(zipped)) == whole);
}

TEST_CASE("exposition: what was asked for of one snapshot is made of the next before anybody asks") {
  const std::string accept = GENERATE(as<std::string>(), "text/plain", "application/openmetrics-text;version=1.0.0");
  const bool zips = GENERATE(false, true);
  CAPTURE(accept, zips);
  const auto text_with = [](const Response& response) { return header_of(response, "Content-Encoding").empty() ? text_of(response) : *test::unzipped(text_of(response)); };
  const Request asked = request(accept, zips ? "gzip" : "");
  const Request never_asked = request(accept, zips ? "" : "gzip");
  Exposition exposition({});
  exposition.answer(asked, snapshot_of_pass(1), {});

  const auto next = std::make_shared<Snapshot>(*snapshot_of_pass(2));
  exposition.prepare(next);
  next->outcome = Outcome::failed;  // too late to be seen in what has been made
  CHECK_THAT(text_with(exposition.answer(asked, next, {})), ContainsSubstring("\nrmqlag_up 1\n"));
  if (zips) CHECK_THAT(text_with(exposition.answer(never_asked, next, {})), ContainsSubstring("\nrmqlag_up 0\n"));

  exposition.prepare(snapshot_of_pass(3));
  const auto unasked = std::make_shared<Snapshot>(*snapshot_of_pass(4));
  exposition.prepare(unasked);  // nobody asked for anything of the third
  unasked->outcome = Outcome::failed;
  CHECK_THAT(text_with(exposition.answer(asked, unasked, {})), ContainsSubstring("\nrmqlag_up 0\n"));
}

TEST_CASE("exposition: the snapshot is not held") {
  Exposition exposition({});
  auto snapshot = snapshot_of_pass(1);
  const std::weak_ptr<const Snapshot> seen = snapshot;
  const Response kept = exposition.answer(request("text/plain"), std::move(snapshot), {});
  CHECK(seen.expired());
  CHECK_FALSE(text_of(kept).empty());
}

TEST_CASE("exposition: before the first collection, and without a source") {
  Exposition exposition_of_none({});
  const std::string before = text_of(exposition_of_none.answer(request("text/plain"), nullptr, {}));
  CHECK_THAT(before, ContainsSubstring("rmqlag_collections_total{result=\"failed\"} 0") && !ContainsSubstring("rmqlag_up"));

  const Response alone = exposition(request("text/plain"), tail(3));
  CHECK_THAT(text_of(alone), ContainsSubstring("own_family 3"));
  CHECK_THAT(text_of(alone), !ContainsSubstring("rmqlag_"));
  CHECK(header_of(exposition(request("text/plain", "gzip"), tail(3)), "Content-Encoding") == "gzip");
}
