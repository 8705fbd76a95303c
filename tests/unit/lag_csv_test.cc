// lag_csv_test.cc: totals as CSV, compared as a whole: numbers are never made up, and no name is a formula or breaks a line.
#include "rmqlag/lag_csv.h"

#include <limits>
#include <string>

#include "support/catch.h"
#include "support/snapshot_builder.h"

namespace rmqlag {
namespace {

using test::SnapshotBuilder;
using test::wall;

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

std::string csv(const SnapshotBuilder& builder, const Selection& selection = {}) { return lag_csv(builder.build(), selection); }

TEST_CASE("Totals and what is not known have a line each") {
  CHECK(csv(SnapshotBuilder()
                .add_row("orders", "billing", "broker-a", 0, 20'000, 7'655, "10.0.0.8", "2211")
                .add_row("orders", "billing", "broker-a", 1, 5, 9)
                .incomplete("payments", "ledger")
                .reading(41, wall(1'699'999'940'123))
                .add_row("payments", "ledger", "broker-b", 0, 77, 77, "10.0.0.9", "")
                .unknown("payments", "ledger", Reason::timeout, "no answer in 30 s")
                .unknown("audit", "", Reason::status_error, "the console says \"no\", twice")
                .unknown("", "lonely", Reason::not_listed)
                .unknown("audit", "calm", Reason::not_subscribed)
                .failure("NameServer check", Reason::bad_answer, "no namesrv")) ==
        "topic,group,host,process,lag,diff,queues,unowned_queues,read_at,unknown,message\r\n"
        "orders,billing,10.0.0.8,2211,12345,12345,1,0,,,\r\n"
        "orders,billing,,,0,-4,1,1,,,\r\n"
        "payments,ledger,10.0.0.9,,0,0,1,0,2023-11-14T22:12:20.123Z,,fewer queues than other groups of this topic: some may be missing\r\n"
        ",lonely,,,,,,,,not_listed,\"the group is online, but no topic lists it\"\r\n"
        "audit,,,,,,,,,status_error,\"the console says \"\"no\"\", twice\"\r\n"
        "audit,calm,,,,,,,,not_subscribed,the group does not subscribe the topic\r\n"
        "payments,ledger,,,,,,,,timeout,no answer in 30 s\r\n"
        ",,,,,,,,,bad_answer,NameServer check failed: no namesrv\r\n");
}

TEST_CASE("An empty snapshot is a header; a failed one says why there is no more") {
  SnapshotBuilder made;
  const std::string header = "group,lag,diff,queues,unowned_queues,read_at,unknown,message\r\n";
  CHECK(csv(made, {.by = by::group}) == header);
  made.failure("topic list", Reason::refused);
  made.fields().outcome = Outcome::failed;
  CHECK(csv(made, {.by = by::group}) == header + ",,,,,,refused,topic list failed: the connection was refused\r\n");
}

TEST_CASE("Columns follow the dimensions; names without a column stand in the message") {
  struct Case {
    unsigned by;
    const char* text;
  };
  const Case c = GENERATE(Case{0,
                               "lag,diff,queues,unowned_queues,read_at,unknown,message\r\n"
                               "3,3,1,0,,,\r\n"
                               ",,,,,empty,\"topic t, group x: nothing\"\r\n"},
                          Case{by::topic | by::broker | by::queue,
                               "topic,broker,queue,lag,diff,queues,unowned_queues,read_at,unknown,message\r\n"
                               "t,b,7,3,3,1,0,,,\r\n"
                               "t,,,,,,,,empty,group x: nothing\r\n"},
                          Case{by::group | by::host,
                               "group,host,lag,diff,queues,unowned_queues,read_at,unknown,message\r\n"
                               "g,h,3,3,1,0,,,\r\n"
                               "x,,,,,,,empty,topic t: nothing\r\n"});
  const auto made = SnapshotBuilder().add_row("t", "g", "b", 7, 3, 0, "h", "1").unknown("t", "x", Reason::empty, "nothing");
  CHECK(csv(made, {.by = c.by}) == c.text);
}

TEST_CASE("Top and minimum lag do not hide what is unknown") {
  const Selection selection = GENERATE(Selection{.by = by::group, .top = 1}, Selection{.by = by::group, .min_lag = 4});
  CHECK(csv(SnapshotBuilder().add_row("t", "a", "b", 0, 3, 0).add_row("t", "b", "b", 0, 4, 0).unknown("t", "c", Reason::dns), selection) ==
        "group,lag,diff,queues,unowned_queues,read_at,unknown,message\r\n"
        "b,4,4,1,1,,,\r\n"
        "c,,,,,,dns,topic t: the host name has no address\r\n");
}

TEST_CASE("Integers keep all digits; negative ones stay numbers; a sum beyond 64 bits is told") {
  CHECK(csv(SnapshotBuilder()
                .add_row("t", "a", "b", 0, int64_max, 0)
                .add_row("t", "a", "b", 1, 1, 0)
                .add_row("t", "b", "b", 0, int64_min, 0)
                .add_row("t", "c", "b", 0, 1, 4),
            {.by = by::group, .sort = Sort::name}) ==
        "group,lag,diff,queues,unowned_queues,read_at,unknown,message\r\n"
        "a,9223372036854775807,9223372036854775807,2,2,,,a sum beyond 64 bits: held at the end of their range\r\n"
        "b,0,-9223372036854775808,1,1,,,a sum beyond 64 bits: held at the end of their range\r\n"
        "c,0,-3,1,1,,,\r\n");
}

TEST_CASE("Text from elsewhere is no formula, breaks no line and holds no control characters") {
  struct Case {
    const char* hostile;
    const char* field;
  };
  const Case c = GENERATE(Case{"=1+1", "'=1+1"}, Case{"+1", "'+1"}, Case{"-x", "'-x"}, Case{"@SUM(A1)", "'@SUM(A1)"},
                          Case{"=a,\"b\"", "\"'=a,\"\"b\"\"\""}, Case{"\t=1", "\uFFFD=1"}, Case{"a-b=c", "a-b=c"},
                          Case{"%RETRY%g", "%RETRY%g"}, Case{"\x1b[31mX", "\uFFFD[31mX"}, Case{"a\nb", "a\uFFFDb"},
                          Case{"a\r\nb", "a\uFFFD\uFFFDb"}, Case{"a,b", "\"a,b\""}, Case{"\"", "\"\"\"\""},
                          Case{"<script>", "<script>"}, Case{"a\xff", "a\uFFFD"}, Case{"订单", "订单"});
  const std::string field = c.field;
  CHECK(csv(SnapshotBuilder().add_row(c.hostile, "g", "b", 0, 2, 1, c.hostile, "1").unknown("t", "u", Reason::empty, c.hostile),
            {.by = by::topic | by::group | by::host}) ==
        "topic,group,host,lag,diff,queues,unowned_queues,read_at,unknown,message\r\n" +
            field + ",g," + field + ",1,1,1,0,,,\r\n" +
            "t,u,,,,,,,empty," + field + "\r\n");
}

}  // namespace
}  // namespace rmqlag
