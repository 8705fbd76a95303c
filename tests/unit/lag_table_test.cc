// lag_table_test.cc: the table for people, compared as a whole: what is not known stays in sight, and no name can steer a terminal.
#include "rmqlag/lag_table.h"

#include <algorithm>
#include <limits>
#include <string>

#include "support/catch.h"
#include "support/snapshot_builder.h"

namespace rmqlag {
namespace {

using namespace std::chrono_literals;
using test::SnapshotBuilder;
using test::wall;

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

// The builder's snapshots end on 2023-11-14 at 22:13:22.
constexpr std::int64_t at_22_10_28 = 1'699'999'828'000;
constexpr std::int64_t day_before_at_18_26_40 = 1'699'900'000'000;

constexpr const char* last_line = "http://console:8080, 43 requests in 1.2 s\n";

SnapshotBuilder builder() {
  SnapshotBuilder made;
  made.fields().url = "http://console:8080";
  made.fields().cost = {43, 0, 1000, 1.24};
  return made;
}

std::string table(const SnapshotBuilder& builder, const Selection& selection = {}) {
  return lag_table(builder.build(), {selection, false, {}});
}

SnapshotBuilder typical() {
  SnapshotBuilder made = builder();
  made.add_row("orders", "billing", "broker-a", 0, 20'000, 10'000, "10.0.0.8", "2211", at_22_10_28)
      .add_row("orders", "billing", "broker-a", 1, 20'000, 17'655, "10.0.0.8", "2211", at_22_10_28 + 9'000)
      .add_row("orders", "billing", "broker-b", 0, 9'000, 1'000, {}, {}, day_before_at_18_26_40)
      .add_row("orders", "billing", "broker-b", 1, 9'000, 8'999, {}, {}, at_22_10_28)
      .add_row("payments", "ledger", "broker-a", 0, 77, 77, "10.0.0.9", "991", at_22_10_28)
      .unknown("audit", "archive", Reason::empty, "the console returned no queues")
      .skipped("news", "cast", Skip::broadcast)
      .skipped("t1", "t1", Skip::ghost)
      .skipped("t2", "t2", Skip::ghost);
  made.fields().outcome = Outcome::partial;
  made.fields().generation = "G4-G5";
  made.fields().namesrv = "10.0.0.2:9876";
  made.fields().cost.fact_requests = 12;
  return made;
}

TEST_CASE("A table shows owners, unknown owners and what is not known, then sums it up") {
  CHECK(table(typical()) ==
        "TOPIC     GROUP    PROCESS        QUEUES     LAG  CONSUMED UP TO\n"
        "orders    billing  10.0.0.8 2211       2  12,345  message of 22:10:28\n"
        "orders    billing  owner unknown       2   8,001  message of 2023-11-13 18:26:40\n"
        "payments  ledger   10.0.0.9 991        1       0\n"
        "audit     archive  –                   –       –  not known: the console returned no queues\n"
        "\n"
        "20,346 messages behind in 1 of 3 groups · 2 queues without a known owner · 1 group not known · 1 broadcast group left out · "
        "2 ghost groups left out\n"
        "http://console:8080 (dashboard 2.1, NameServer 10.0.0.2:9876), 43 requests (12 for facts) in 1.2 s\n");
}

TEST_CASE("Times are those of the caller's zone, with the date where it is not the snapshot's day there") {
  const auto shown = lag_table(typical().build(), {{}, false, [](Wall) { return 8h; }});
  CHECK_THAT(shown, ContainsSubstring("12,345  message of 06:10:28\n"));
  CHECK_THAT(shown, ContainsSubstring("8,001  message of 2023-11-14 02:26:40\n"));
}

TEST_CASE("A time that no message can have is left empty") {
  const std::int64_t time = GENERATE(as<std::int64_t>{}, int64_min, -1, 0, 253'402'300'800'000, int64_max);
  CHECK(table(builder().add_row("t", "g", "b", 0, 9, 4, "h", "1", time)) ==
        "TOPIC  GROUP  PROCESS  QUEUES  LAG  CONSUMED UP TO\n"
        "t      g      h 1           1    5\n"
        "\n"
        "5 messages behind in 1 of 1 group\n" +
            std::string(last_line));
}

TEST_CASE("Columns follow the dimensions; names without a column stand in the note") {
  struct Case {
    unsigned by;
    const char* titles;
    const char* first;
    const char* unknown;
  };
  const Case c = GENERATE(
      Case{0, "QUEUES     LAG  CONSUMED UP TO                  NOTE\n",
           "     5  20,346  message of 2023-11-13 18:26:40  2 queues without a known owner\n",
           "     –       –  not known: topic audit, group archive: the console returned no queues\n"},
      Case{by::group, "GROUP    QUEUES     LAG  CONSUMED UP TO                  NOTE\n",
           "billing       4  20,346  message of 2023-11-13 18:26:40  2 queues without a known owner\n",
           "archive       –       –  not known: topic audit: the console returned no queues\n"},
      Case{by::broker | by::queue, "BROKER    QUEUE  QUEUES     LAG  CONSUMED UP TO                  NOTE\n",
           "broker-a      0       2  10,000  message of 22:10:28\n",
           "–             –       –       –  not known: topic audit, group archive: the console returned no queues\n"},
      Case{by::host, "HOST           QUEUES     LAG  CONSUMED UP TO\n", "10.0.0.8            2  12,345  message of 22:10:28\n",
           "–                   –       –  not known: topic audit, group archive: the console returned no queues\n"},
      Case{by::process, "PROCESS        QUEUES     LAG  CONSUMED UP TO\n", "2211                2  12,345  message of 22:10:28\n",
           "–                   –       –  not known: topic audit, group archive: the console returned no queues\n"});
  const std::string shown = table(typical(), {.by = c.by});
  CHECK_THAT(shown, ContainsSubstring(c.titles + std::string(c.first)));
  CHECK_THAT(shown, ContainsSubstring(c.unknown));
}

TEST_CASE("Half-known owners say which half is missing") {
  const SnapshotBuilder half = builder().add_row("t", "g", "b", 0, 4, 1, "10.0.0.8", "").add_row("t", "g", "b", 1, 3, 1, "", "2211");
  SECTION("by process") {
    const std::string shown = table(half);
    CHECK_THAT(shown, ContainsSubstring("t      g      10.0.0.8 (process unknown)       1    3\n"));
    CHECK_THAT(shown, ContainsSubstring("t      g      (host unknown) 2211              1    2\n"));
    CHECK_THAT(shown, !ContainsSubstring("owner"));
  }
  SECTION("by host alone") { CHECK_THAT(table(half, {.by = by::host}), ContainsSubstring("host unknown       1    2\n")); }
}

TEST_CASE("Notes tell what makes a total doubtful, in a column that is there only when needed") {
  const SnapshotBuilder noted = builder()
                                    .incomplete("a", "g")
                                    .add_row("a", "g", "b", 0, 9, 4, "h", "1")
                                    .add_row("b", "g", "b", 0, 100, 1'000, "h", "1")
                                    .add_row("b", "g", "b", 1, 100, 153, "h", "1")
                                    .add_row("c", "g", "b", 0, 4, 4, "h", "1")
                                    .reading(41, wall(1'699'999'443'000))
                                    .add_row("d", "g", "b", 0, 9, 8, "h", "1", at_22_10_28)
                                    .unknown("d", "g", Reason::timeout);
  CHECK(table(noted, {.sort = Sort::name}) ==
        "TOPIC  GROUP  PROCESS  QUEUES  LAG  CONSUMED UP TO       NOTE\n"
        "a      g      h 1           1    5                       fewer queues than other groups of this topic: some may be missing\n"
        "b      g      h 1           2    0                       2 queues ahead by 953\n"
        "c      g      h 1           1    0\n"
        "d      g      h 1           1    1  message of 22:10:28  carried over, read 22:04:03\n"
        "d      g      –             –    –  not known: no answer in time\n"
        "\n"
        "6 messages behind in 1 of 1 group · 1 group only partly known\n" +
            std::string(last_line));
}

TEST_CASE("Lines that --top and --min-lag keep from sight are counted, and nothing unknown is among them") {
  const SnapshotBuilder made = builder()
                                   .add_row("t", "g1", "b", 0, 9, 0, "h", "1")
                                   .add_row("t", "g2", "b", 0, 8, 0, "h", "1")
                                   .add_row("t", "g3", "b", 0, 7, 7, "h", "1")
                                   .unknown("t", "g4", Reason::reset);
  struct Case {
    Selection selection;
    const char* lines;
  };
  const Case c = GENERATE(
      Case{{.top = 1}, "t      g1     h 1           1    9\n… and 2 more (--top 0 shows all)\n"},
      Case{{.min_lag = 8}, "t      g2     h 1           1    8\n… and 1 more (--min-lag 0 shows all)\n"},
      Case{{.top = 1, .min_lag = 8}, "t      g1     h 1           1    9\n… and 2 more (--top 0 --min-lag 0 shows all)\n"},
      Case{{.min_lag = 10}, "CONSUMED UP TO\n… and 3 more (--min-lag 0 shows all)\n"},
      Case{{.top = 3}, "t      g3     h 1           1    0\n"});
  const std::string shown = table(made, c.selection);
  CHECK_THAT(shown, ContainsSubstring(c.lines + std::string("t      g4     –             –    –  not known: the connection broke\n\n")));
  CHECK_THAT(shown, ContainsSubstring("17 messages behind in 2 of 4 groups · 1 group not known\n"));
}

TEST_CASE("More than five unknowns of one reason are counted; unsubscribed pairs are only counted") {
  SnapshotBuilder made = builder();
  for (const char* group : {"g1", "g2", "g3", "g4", "g5", "g6", "g7"}) made.unknown("t", group, Reason::timeout, group);
  made.unknown("u", "", Reason::overloaded, "the pool is empty")
      .unknown("", "lonely", Reason::not_listed)
      .unknown("v", "g1", Reason::not_subscribed)
      .unknown("v", "g2", Reason::not_subscribed);
  made.fields().outcome = Outcome::partial;
  CHECK(table(made) ==
        "TOPIC  GROUP   PROCESS  QUEUES  LAG  CONSUMED UP TO\n"
        "–      lonely  –             –    –  not known: the group is online, but no topic lists it\n"
        "t      g1      –             –    –  not known: g1\n"
        "t      g2      –             –    –  not known: g2\n"
        "t      g3      –             –    –  not known: g3\n"
        "t      g4      –             –    –  not known: g4\n"
        "t      g5      –             –    –  not known: g5\n"
        "u      –       –             –    –  not known: the pool is empty\n"
        "… and 2 more not known: no answer in time; all of them with --format json\n"
        "\n"
        "no group could be read · 1 topic not known · 8 groups not known · 2 pairs without a subscription\n" +
            std::string(last_line));
}

TEST_CASE("The first words never say that nobody is behind where that is not known") {
  struct Case {
    bool row;
    Outcome outcome;
    bool unknown;
    const char* sentence;
  };
  const Case c = GENERATE(Case{true, Outcome::complete, false, "no group is behind\n"},
                          Case{true, Outcome::partial, false, "no group that could be read is behind\n"},
                          Case{true, Outcome::partial, true, "no group that could be read is behind · 1 group not known\n"},
                          Case{true, Outcome::complete, true, "no group that could be read is behind · 1 group not known\n"},
                          Case{false, Outcome::complete, false, "no consumer groups\n"},
                          Case{false, Outcome::partial, true, "no group could be read · 1 group not known\n"},
                          Case{false, Outcome::failed, true,
                               "nothing could be read: topic t, group x: no answer in time · 1 group not known\n"},
                          Case{false, Outcome::failed, false, "nothing could be read\n"});
  SnapshotBuilder made = builder();
  if (c.row) made.add_row("t", "g", "b", 0, 7, 7, "h", "1");
  if (c.unknown) made.unknown("t", "x", Reason::timeout);
  made.fields().outcome = c.outcome;
  made.fields().topics_read = 1;
  CHECK_THAT("\n" + table(made), ContainsSubstring("\n" + std::string(c.sentence)));
}

TEST_CASE("Filters that leave no topic are not taken for a cluster without consumers") {
  CHECK_THAT(table(builder()), ContainsSubstring("no topic to read\n"));
}

TEST_CASE("An unsubscribed pair is no reason to doubt the rest") {
  CHECK_THAT(table(builder().add_row("t", "g", "b", 0, 7, 7, "h", "1").unknown("u", "g", Reason::not_subscribed)),
             ContainsSubstring("no group is behind · 1 pair without a subscription\n"));
}

TEST_CASE("A failed collection has no table and no zero") {
  SnapshotBuilder made = builder();
  made.failure("topic list", Reason::bad_answer, "404 at /topic/list.query: is a context path missing?").failure("login", Reason::timeout);
  made.fields().outcome = Outcome::failed;
  CHECK(table(made) ==
        "nothing could be read: topic list failed: 404 at /topic/list.query: is a context path missing?\n"
        "login failed: no answer in time\n" +
            std::string(last_line));
}

TEST_CASE("In a collection that was read in part every failure has a line") {
  SnapshotBuilder made = builder();
  made.add_row("t", "g", "b", 0, 7, 5, "h", "1").failure("topic list", Reason::deadline, "too late").skipped("t", "x", Skip::filtered);
  made.fields().outcome = Outcome::partial;
  CHECK_THAT(table(made), ContainsSubstring("2 messages behind in 1 of 1 group · 1 group left out by filters\n"
                                            "topic list failed: too late\n" +
                                            std::string(last_line)));
}

TEST_CASE("Dead letters are told when they were asked for") {
  SnapshotBuilder made = builder().dead_letters("billing", 12'000).dead_letters("ledger", 0).dead_letters("mail", 1);
  CHECK_THAT(table(made), ContainsSubstring("\ndead letters: billing 12,000, mail 1\n"));
  CHECK_THAT(table(builder().dead_letters("ledger", 0)), ContainsSubstring("\nno dead letters\n"));
  CHECK_THAT(table(builder()), !ContainsSubstring("dead letters"));
}

TEST_CASE("The source line leaves out what is not known") {
  SnapshotBuilder made = builder();
  SECTION("nothing but the cost") {
    made.fields().url.clear();
    made.fields().cost = {1, 0, 0, 0.04};
    CHECK(table(made) == "no topic to read\n1 request in 0.0 s\n");
  }
  SECTION("before NameServers are told") {
    made.fields().generation = "G1-G2";
    CHECK_THAT(table(made), ContainsSubstring("http://console:8080 (console-ng 2.0 or dashboard 1.0), 43 requests in 1.2 s\n"));
  }
  SECTION("a NameServer alone") {
    made.fields().namesrv = "ns:9876";
    CHECK_THAT(table(made), ContainsSubstring("http://console:8080 (NameServer ns:9876), 43 requests in 1.2 s\n"));
  }
}

int occurrences(const std::string& text, const std::string& part) {
  int number = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++number;
  return number;
}

TEST_CASE("No text from elsewhere can steer a terminal or break a line") {
  struct Case {
    const char* hostile;
    const char* shown;
  };
  const Case c = GENERATE(Case{"\x1b[31mX", "\uFFFD[31mX"}, Case{"a\nb", "a\uFFFDb"}, Case{"a\r\tb", "a\uFFFD\uFFFDb"},
                          Case{"a\x7f", "a\uFFFD"}, Case{"<script>", "<script>"}, Case{"a\xff\xfe", "a\uFFFD\uFFFD"},
                          Case{"csi \u009b31m", "csi \uFFFD31m"}, Case{"\u202Eabc", "\uFFFDabc"}, Case{"a\u2028b", "a\uFFFDb"},
                          Case{"\u2066x\u2069", "\uFFFDx\uFFFD"}, Case{"é–日", "é–日"});
  const std::string shown = c.shown;
  SnapshotBuilder made = builder();
  made.add_row(c.hostile, c.hostile, c.hostile, 0, 2, 1, c.hostile, c.hostile)
      .unknown("u", c.hostile, Reason::status_error, c.hostile)
      .dead_letters(c.hostile, 1)
      .failure(c.hostile, Reason::status_error, c.hostile);
  made.fields().url = made.fields().namesrv = made.fields().generation = c.hostile;
  const std::string text = table(made, {.by = by::topic | by::group | by::broker | by::host | by::process});
  // Five names of the row, two texts of the unknown and of the failure each, one of the dead letters, three of the source.
  CHECK(occurrences(text, shown) == 13);
  CHECK(std::count(text.begin(), text.end(), '\n') == 8);
  CHECK(std::none_of(text.begin(), text.end(), [](char byte) { return byte == '\x1b' || byte == '\r' || byte == '\t' || byte == '\x7f'; }));
}

TEST_CASE("Columns are aligned by what a terminal shows, not by bytes") {
  CHECK_THAT(table(builder().add_row("订单", "café", "b", 0, 9, 0, "h", "1").add_row("orders", "g", "b", 0, 8, 0, "h", "1")),
             ContainsSubstring("TOPIC   GROUP  PROCESS  QUEUES  LAG  CONSUMED UP TO\n"
                               "订单    café   h 1           1    9\n"
                               "orders  g      h 1           1    8\n"));
}

TEST_CASE("Sums beyond 64 bits are told as such") {
  SECTION("lag") {
    const std::string shown = table(builder().add_row("t", "g", "b", 0, int64_max, 0, "h", "1").add_row("t", "g", "b", 1, 1, 0, "h", "1"));
    CHECK_THAT(shown, ContainsSubstring("  9,223,372,036,854,775,807  "));
    CHECK_THAT(shown, ContainsSubstring("a sum beyond 64 bits: held at the end of their range\n"));
    CHECK_THAT(shown, ContainsSubstring("\nat least 9,223,372,036,854,775,807 messages behind in 1 of 1 group\n"));
  }
  SECTION("a lag that just fits") {
    const std::string shown = table(builder().add_row("t", "g", "b", 0, int64_max, 0, "h", "1"));
    CHECK_THAT(shown, ContainsSubstring("\n9,223,372,036,854,775,807 messages behind in 1 of 1 group\n"));
    CHECK_THAT(shown, !ContainsSubstring("NOTE"));
  }
  SECTION("ahead") {
    CHECK_THAT(table(builder().add_row("t", "g", "b", 0, int64_min, 1, "h", "1")),
               ContainsSubstring("1 queue ahead by 9,223,372,036,854,775,807; a sum beyond 64 bits"));
  }
}

std::string without_codes(std::string text) {
  for (std::size_t at = 0; (at = text.find('\x1b')) != std::string::npos;) text.erase(at, text.find('m', at) - at + 1);
  return text;
}

TEST_CASE("Colours are codes around the same text, on request only") {
  const SnapshotBuilder made = typical().failure("login", Reason::timeout);
  const std::string plain = table(made);
  const std::string coloured = lag_table(made.build(), {{}, true, {}});
  CHECK(without_codes(coloured) == plain);
  CHECK_THAT(plain, !ContainsSubstring("\x1b"));
  CHECK_THAT(coloured, ContainsSubstring("\x1b[1mTOPIC\x1b[0m     \x1b[1mGROUP\x1b[0m"));
  CHECK_THAT(coloured, ContainsSubstring("2  \x1b[1m12,345\x1b[0m  message"));
  CHECK_THAT(coloured, ContainsSubstring("1       0\n"));
  CHECK_THAT(coloured, ContainsSubstring("\x1b[33mowner unknown\x1b[0m"));
  CHECK_THAT(coloured, ContainsSubstring("\x1b[33mnot known: the console returned no queues\x1b[0m\n"));
  CHECK_THAT(coloured, ContainsSubstring("\x1b[33mlogin failed: no answer in time\x1b[0m\n"));
}

TEST_CASE("Brokers that are gone are told, those of which nothing is known are not") {
  SnapshotBuilder made;
  made.add_row("orders", "billing", "broker-a", 0, 10, 4, "10.0.0.8", "2211");
  made.broker("broker-a", true).broker("broker-b", false).broker("broker-c", {});
  CHECK_THAT(table(made), ContainsSubstring("6 messages behind in 1 of 1 group · broker-b is gone"));
  made.broker("broker-d", false);
  CHECK_THAT(table(made), ContainsSubstring("broker-b, broker-d are gone"));
}

}  // namespace
}  // namespace rmqlag
