// lag_json_test.cc: the dump's JSON: its schema member by member, null for what is not known, a valid document whatever the names hold.
#include "rmqlag/lag_json.h"

#include <limits>
#include <string>

#include "json_reader.h"
#include "support/catch.h"
#include "support/snapshot_builder.h"
#include "utf8.h"

namespace rmqlag {
namespace {

using test::SnapshotBuilder;
using test::wall;

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

std::string json(const SnapshotBuilder& builder, const JsonOptions& options = {}) { return lag_json(builder.build(), options); }

/// Takes any document.
class AnyJson : public internal::JsonEvents {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool integer(std::int64_t) override { return true; }
  bool number(std::string_view) override { return true; }
  bool string(std::string_view) override { return true; }
  bool begin_object() override { return true; }
  bool key(std::string_view) override { return true; }
  bool end_object() override { return true; }
  bool begin_array() override { return true; }
  bool end_array() override { return true; }
};

bool is_json(std::string_view text) {
  AnyJson any;
  return internal::read_json(text, any).kind == internal::JsonEnd::Kind::complete;
}

SnapshotBuilder typical() {
  SnapshotBuilder made;
  made.add_row("orders", "billing", "broker-a", 0, 20'000, 7'655, "10.0.0.8", "2211", 1'699'999'828'000)
      .add_row("orders", "billing", "broker-a", 1, 5, 9, "", "")
      .incomplete("payments", "ledger")
      .reading(41, wall(1'699'999'940'123))
      .add_row("payments", "ledger", "broker-b", 0, 77, 77, "10.0.0.9", "", 1)
      .facts("billing", 2, false, 0)
      .facts("ledger", {}, {}, {})
      .unknown("payments", "ledger", Reason::timeout, "no answer in 30 s")
      .unknown("audit", "", Reason::status_error, "the console says \"no\"")
      .unknown("", "lonely", Reason::not_listed)
      .skipped("", "cast", Skip::broadcast)
      .skipped("t1", "t1", Skip::ghost)
      .broker("broker-a", true)
      .broker("broker-b", false)
      .broker("broker-c", {})
      .failure("NameServer check", Reason::bad_answer, "no namesrv");
  made.fields().url = "http://console:8080";
  made.fields().generation = "G4-G5";
  made.fields().namesrv = "10.0.0.2:9876";
  made.fields().outcome = Outcome::partial;
  made.fields().last_complete = wall(1'699'999'940'123);
  made.fields().cost = {43, 12, 123'456, 1.25};
  return made;
}

constexpr const char* typical_head =
    R"({"schema":"rmqlag.dump/1","source":{"url":"http://console:8080","console":"dashboard 2.1",)"
    R"("generation":"G4-G5","namesrv":"10.0.0.2:9876"},)"
    R"("collected_at":"2023-11-14T22:13:22.500Z","complete":false,"outcome":"partial","last_complete":"2023-11-14T22:12:20.123Z",)"
    R"("by":["topic","group","host","process"],)"
    R"("totals":[)"
    R"({"topic":"orders","group":"billing","host":"10.0.0.8","process":"2211","lag":12345,"diff":12345,"queues":1,"unowned_queues":0,)"
    R"("oldest_consumed_ms":1699999828000},)"
    R"({"topic":"orders","group":"billing","host":null,"process":null,"lag":0,"diff":-4,"queues":1,"unowned_queues":1,)"
    R"("oldest_consumed_ms":null},)"
    R"({"topic":"payments","group":"ledger","host":"10.0.0.9","process":null,"lag":0,"diff":0,"queues":1,"unowned_queues":0,)"
    R"("oldest_consumed_ms":null,)"
    R"("read_at":"2023-11-14T22:12:20.123Z","incomplete":true}],)";

constexpr const char* typical_rows =
    R"("rows":[)"
    R"({"topic":"orders","group":"billing","broker":"broker-a","queue":0,"host":"10.0.0.8","process":"2211",)"
    R"("broker_offset":20000,"consumer_offset":7655,"lag":12345,"diff":12345,"last_consumed_ms":1699999828000},)"
    R"({"topic":"orders","group":"billing","broker":"broker-a","queue":1,"host":null,"process":null,)"
    R"("broker_offset":5,"consumer_offset":9,"lag":0,"diff":-4,"last_consumed_ms":null},)"
    R"({"topic":"payments","group":"ledger","broker":"broker-b","queue":0,"host":"10.0.0.9","process":null,)"
    R"("broker_offset":77,"consumer_offset":77,"lag":0,"diff":0,"last_consumed_ms":1,"read_at":"2023-11-14T22:12:20.123Z"}],)";

constexpr const char* typical_tail =
    R"("groups":[{"group":"billing","members":2,"duplicate_client_ids":0,"broadcast":false},)"
    R"({"group":"ledger","members":null,"duplicate_client_ids":null,"broadcast":null}],)"
    R"("brokers":[{"broker":"broker-a","up":true},{"broker":"broker-b","up":false},{"broker":"broker-c","up":null}],)"
    R"("unknown":[{"topic":null,"group":"lonely","reason":"not_listed","message":"the group is online, but no topic lists it"},)"
    R"({"topic":"audit","group":null,"reason":"status_error","message":"the console says \"no\""},)"
    R"({"topic":"payments","group":"ledger","reason":"timeout","message":"no answer in 30 s"}],)"
    R"("skipped":[{"topic":null,"group":"cast","reason":"broadcast"},{"topic":"t1","group":"t1","reason":"ghost"}],)"
    R"("failures":[{"target":"NameServer check","reason":"bad_answer","message":"no namesrv"}],)"
    R"("cost":{"requests":43,"fact_requests":12,"bytes":123456,"seconds":1.25}})"
    "\n";

TEST_CASE("The document holds everything a snapshot knows and does not know") {
  CHECK(json(typical()) == std::string(typical_head) + typical_tail);
}

TEST_CASE("Rows come on request") { CHECK(json(typical(), {.rows = true}) == std::string(typical_head) + typical_rows + typical_tail); }

TEST_CASE("An empty snapshot is a document of empty lists, and what is not known of its source is null") {
  CHECK(json(SnapshotBuilder(), {.rows = true}) ==
        R"({"schema":"rmqlag.dump/1","source":{"url":"","console":null,)"
        R"("generation":null,"namesrv":null},"collected_at":"2023-11-14T22:13:22.500Z",)"
        R"("complete":true,"outcome":"complete","last_complete":null,)"
        R"("by":["topic","group","host","process"],"totals":[],"rows":[],"groups":[],"brokers":[],"unknown":[],)"
        R"("skipped":[],"failures":[],"cost":{"requests":0,"fact_requests":0,"bytes":0,"seconds":0}})"
        "\n");
}

TEST_CASE("A failed collection says so and has no total") {
  SnapshotBuilder made;
  made.failure("topic list", Reason::refused, "nobody listens");
  made.fields().outcome = Outcome::failed;
  const std::string text = json(made);
  CHECK_THAT(text, ContainsSubstring(R"("complete":false,"outcome":"failed",)"));
  CHECK_THAT(text, ContainsSubstring(R"("totals":[],)"));
  CHECK_THAT(text, ContainsSubstring(R"("failures":[{"target":"topic list","reason":"refused","message":"nobody listens"}])"));
}

TEST_CASE("Totals have a member for each dimension, in one order") {
  struct Case {
    unsigned by;
    const char* list;
    const char* total;
  };
  const Case c = GENERATE(
      Case{0, "[]", R"([{"lag":3,)"}, Case{by::topic, R"(["topic"])", R"([{"topic":"t","lag":3,)"},
      Case{by::host, R"(["host"])", R"([{"host":"h","lag":3,)"},
      Case{by::queue | by::broker, R"(["broker","queue"])", R"([{"broker":"b","queue":7,"lag":3,)"},
      Case{by::process | by::host | by::group, R"(["group","host","process"])", R"([{"group":"g","host":"h","process":"1","lag":3,)"});
  CHECK_THAT(json(SnapshotBuilder().add_row("t", "g", "b", 7, 3, 0, "h", "1"), {.selection = {.by = c.by}}),
             ContainsSubstring("\"by\":" + std::string(c.list) + ",\"totals\":" + c.total));
}

TEST_CASE("Top and minimum lag select totals, not rows and not what is unknown") {
  const SnapshotBuilder made = SnapshotBuilder()
                                   .add_row("t", "g1", "b", 0, 3, 0)
                                   .add_row("t", "g2", "b", 0, 9, 0)
                                   .add_row("t", "g3", "b", 0, 1, 0)
                                   .unknown("t", "g4", Reason::empty)
                                   .unknown("t", "g5", Reason::not_subscribed);
  const Selection selection = GENERATE(Selection{.by = by::group, .top = 1}, Selection{.by = by::group, .min_lag = 9});
  const std::string text = json(made, {selection, true});
  CHECK_THAT(text, ContainsSubstring(R"("totals":[{"group":"g2","lag":9,"diff":9,)"
                                 R"("queues":1,"unowned_queues":1,"oldest_consumed_ms":null}],)"));
  for (const char* row : {R"("group":"g1","broker")", R"("group":"g2","broker")", R"("group":"g3","broker")"}) {
    CHECK_THAT(text, ContainsSubstring(row));
  }
  CHECK_THAT(text, ContainsSubstring(R"("group":"g4","reason":"empty")"));
  CHECK_THAT(text, ContainsSubstring(R"("group":"g5","reason":"not_subscribed")"));
}

TEST_CASE("Integers keep all digits to the ends of 64 bits; a sum beyond them is marked") {
  const std::string text = json(SnapshotBuilder()
                                    .add_row("t", "a", "b", 0, int64_max, 0, "", "", int64_max)
                                    .add_row("t", "b", "b", 0, int64_min, 0)
                                    .add_row("t", "c", "b", 0, int64_max, 0)
                                    .add_row("t", "c", "b", 1, int64_max, int64_min),
                                {.selection = {.by = by::group, .sort = Sort::name}, .rows = true});
  CHECK_THAT(text, ContainsSubstring(R"({"group":"a","lag":9223372036854775807,"diff":9223372036854775807,)"
                                     R"("queues":1,"unowned_queues":1,"oldest_consumed_ms":9223372036854775807})"));
  CHECK_THAT(text, ContainsSubstring(R"({"group":"b","lag":0,"diff":-9223372036854775808,"queues":1,)"));
  CHECK_THAT(text, ContainsSubstring(R"({"group":"c","lag":9223372036854775807,"diff":9223372036854775807,)"
                                     R"("queues":2,"unowned_queues":2,"oldest_consumed_ms":null,"saturated":true})"));
  CHECK_THAT(text, ContainsSubstring(R"("last_consumed_ms":9223372036854775807})"));
  CHECK_THAT(text, ContainsSubstring(R"("broker_offset":9223372036854775807,"consumer_offset":-9223372036854775808,)"
                                     R"("lag":9223372036854775807,)"));
}

TEST_CASE("Dead letters are a list where they were asked for") {
  CHECK_THAT(json(SnapshotBuilder().dead_letters("g", 5)), ContainsSubstring(R"("dead_letters":[{"group":"g","messages":5}],)"));
}

TEST_CASE("Whatever the names hold, the document is valid JSON in valid UTF-8 on one line") {
  const std::string hostile =
      GENERATE(as<std::string>{}, "\x1b[31mX", "a\nb", "<script>", "a\xff\xc3", "\xed\xa0\x80", "\"\\/", "\u2028", "订单");
  SnapshotBuilder made;
  made.add_row(hostile, hostile, hostile, 0, 2, 1, hostile, hostile)
      .unknown(hostile, "u", Reason::status_error, hostile)
      .skipped(hostile, hostile, Skip::ghost)
      .facts(hostile, 1)
      .dead_letters(hostile, 1)
      .broker(hostile, true)
      .failure(hostile, Reason::status_error, hostile);
  made.fields().url = made.fields().namesrv = made.fields().generation = hostile;
  const std::string text = json(made, {.selection = {.by = 63}, .rows = true});
  CHECK(is_json(text));
  CHECK(internal::is_utf8(text));
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(text.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace rmqlag
