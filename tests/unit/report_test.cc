// report_test.cc: the words that the writers share. How the writers use them is tested with each writer.
#include "report.h"

#include <set>
#include <string>

#include "support/catch.h"
#include "support/snapshot_builder.h"

namespace rmqlag::internal {
namespace {

TEST_CASE("Every reason has words of its own") {
  std::set<std::string_view> all;
  for (std::size_t i = 0; i < reason_count; ++i) all.insert(words(static_cast<Reason>(i)));
  CHECK(all.size() == reason_count);
  CHECK_FALSE(all.contains(""));
  CHECK(words(Reason::deadline) == "the deadline came first");
  CHECK(words(Reason::not_subscribed) == "the group does not subscribe the topic");
  CHECK(words(Reason::not_recorded) == "the recording has no such answer");
}

TEST_CASE("An unknown names what has no column, and is never without words") {
  const Snapshot snapshot = test::SnapshotBuilder().unknown("t", "g", Reason::timeout).build();
  Unknown unknown = snapshot.unknown.front();
  CHECK(why(snapshot, unknown, by::topic | by::group) == "no answer in time");
  CHECK(why(snapshot, unknown, by::topic) == "group g: no answer in time");
  CHECK(why(snapshot, unknown, 0) == "topic t, group g: no answer in time");
  unknown.group = 0;
  unknown.message = "30 s are over";
  CHECK(why(snapshot, unknown, 0) == "topic t: 30 s are over");
  unknown.topic = 0;
  CHECK(why(snapshot, unknown, 0) == "30 s are over");
}

TEST_CASE("Generations are told by the names people know") {
  struct Case {
    const char* generation;
    const char* words;
  };
  const Case c = GENERATE(Case{"", ""}, Case{"G0", "console 1.0"}, Case{"G1", "console-ng 2.0"}, Case{"G2", "dashboard 1.0"},
                          Case{"G3", "dashboard 2.0"}, Case{"G4", "dashboard 2.1"}, Case{"G5", "dashboard 2.1"},
                          Case{"G4-G5", "dashboard 2.1"}, Case{"G0-G1", "console 1.0 or console-ng 2.0"},
                          Case{"G3-G5", "dashboard 2.0 or dashboard 2.1"}, Case{"G2-G5", "dashboard 1.0 to dashboard 2.1"},
                          Case{"G1-G3", "console-ng 2.0 to dashboard 2.0"}, Case{"G6", "G6"},
                          Case{"G5-G1", "G5-G1"}, Case{"G1-", "G1-"}, Case{"-", "-"});
  CHECK(generation_words(c.generation) == c.words);
}

}  // namespace
}  // namespace rmqlag::internal
