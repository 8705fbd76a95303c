// metrics_test.cc: metrics.h: the catalogue's lint and every family's samples, seen through a sink that keeps them as lines.
#include "rmqlag/metrics.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rmqlag/prometheus_text.h"
#include "support/catch.h"
#include "support/snapshot_builder.h"

using namespace rmqlag;
using rmqlag::test::SnapshotBuilder;
using rmqlag::test::wall;

namespace {

std::string text_of(Value value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  return std::to_string(std::get<double>(value)) + "s";  // the only doubles are seconds
}

/// Keeps what is written: families in order, and each one's samples as "topic=orders,consumer_group=billing 20".
class Recorder : public MetricSink {
 public:
  void family(const Family& family) override {
    names.emplace_back(family.name);
    labels_.assign(family.labels.begin(), family.labels.end());
  }

  void sample(std::span<const std::string_view> label_values, Value value) override {
    REQUIRE(!names.empty());
    REQUIRE(label_values.size() == labels_.size());
    std::string line;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (i != 0) line += ',';
      line += labels_[i] + '=';
      line += label_values[i];
    }
    CAPTURE(names.back(), line);
    REQUIRE(series_.insert(names.back() + '{' + line).second);  // unique
    if (!line.empty()) line += ' ';
    samples_[names.back()].push_back(line + text_of(value));
  }

  std::vector<std::string> operator[](const std::string& family) const {
    REQUIRE(std::count(names.begin(), names.end(), family) == 1);
    const auto found = samples_.find(family);
    return found == samples_.end() ? std::vector<std::string>() : found->second;
  }

  std::vector<std::string> names;

 private:
  std::vector<std::string> labels_;
  std::set<std::string> series_;
  std::map<std::string, std::vector<std::string>> samples_;
};

/// A sink as those are that do not care which label values come again.
class SampleOnly : public MetricSink {
 public:
  explicit SampleOnly(MetricSink& to) : to_(to) {}
  void family(const Family& family) override { to_.family(family); }
  void sample(std::span<const std::string_view> label_values, Value value) override { to_.sample(label_values, value); }

 private:
  MetricSink& to_;
};

/// Believes no word of label values that come again.
class Distrustful : public MetricSink {
 public:
  void family(const Family& family) override {
    name_ = family.name;
    previous_.clear();
  }
  void sample(std::span<const std::string_view> label_values, Value value) override { next_sample(0, label_values, value); }
  void next_sample(std::size_t kept, std::span<const std::string_view> label_values, Value) override {
    CAPTURE(name_);
    REQUIRE(kept <= std::min(previous_.size(), label_values.size()));
    REQUIRE(std::equal(previous_.begin(), previous_.begin() + static_cast<std::ptrdiff_t>(kept), label_values.begin()));
    previous_.assign(label_values.begin(), label_values.end());
    all_kept += kept;
  }

  std::size_t all_kept = 0;

 private:
  std::string name_;
  std::vector<std::string> previous_;  // label values; none at a family's begin
};

using Lines = std::vector<std::string>;

MetricOptions everything() { return {true, true, true, "rocketmq"}; }

Recorder written(const Snapshot& snapshot, const MetricOptions& options = everything()) {
  Recorder recorder;
  write_metrics(snapshot, options, recorder);
  return recorder;
}

/// Two pairs and a carried-over third; an owner of each kind.
SnapshotBuilder example() {
  return SnapshotBuilder()
      .add_row("orders", "billing", "broker-a", 0, 120, 100, "10.0.0.1", "4711", 1'699'999'990'500)
      .add_row("orders", "billing", "broker-a", 1, 90, 100, "10.0.0.1", "4711", 1'699'999'000'000)
      .add_row("orders", "billing", "broker-b", 0, 70, 0)
      .add_row("orders", "audit", "broker-a", 0, 120, 120, "10.0.0.2", "")
      .reading(41, wall(1'699'999'940'250))
      .add_row("events", "audit", "broker-b", 0, 9, 2, "10.0.0.2", "7", 1'699'999'900'000);
}

}  // namespace

TEST_CASE("the catalogue is clean") {
  std::string previous;
  for (const Family& family : metric_catalogue()) {
    CAPTURE(family.name);
    const std::string name(family.name);
    CHECK(previous < name);  // sorted, and none twice
    previous = name;

    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    CHECK(name.starts_with(family.set == MetricSet::compatible ? "rocketmq_msg_diff_" : "rmqlag_"));
    CHECK(family.counter == name.ends_with("_total"));
    for (const char* suffix : {"_count", "_sum", "_bucket", "_milliseconds"}) CHECK_FALSE(name.ends_with(suffix));
    if (name.find("timestamp") != std::string::npos) CHECK(name.ends_with("_timestamp_seconds"));

    REQUIRE(!family.help.empty());
    CHECK(family.help.back() == '.');
    CHECK(family.help.find('\n') == std::string_view::npos);
    CHECK((std::isdigit(family.help.front()) != 0 || std::isupper(family.help.front()) != 0));

    std::set<std::string_view> labels;
    for (const std::string_view label : family.labels) {
      CHECK(labels.insert(label).second);
      const bool snake_case = label.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
      // The compatible set is exempt: its labels are another exporter's.
      CHECK((snake_case || family.set == MetricSet::compatible));
    }
  }
}

TEST_CASE("exactly the families of the sets that are asked for are announced, in the order of their names") {
  for (unsigned sets = 0; sets < 8; ++sets) {
    const MetricOptions options{(sets & 1) != 0, (sets & 2) != 0, (sets & 4) != 0, "rocketmq"};
    std::vector<std::string> expected;
    for (const Family& family : metric_catalogue()) {
      const bool asked = family.set == MetricSet::compatible ? options.compatible
                         : family.set == MetricSet::own      ? options.own
                                                             : options.queues;
      if (asked) expected.emplace_back(family.name);
    }
    CHECK(written(example().build(), options).names == expected);
  }
}

TEST_CASE("the prefix names the compatible families and decides where they fall") {
  for (const std::string prefix : {"a", "rmqlag_l", "zz"}) {
    MetricOptions options = everything();
    options.prefix = prefix;
    const Recorder recorder = written(example().build(), options);
    CHECK(recorder.names.size() == metric_catalogue().size());
    CHECK(std::is_sorted(recorder.names.begin(), recorder.names.end()));
    CHECK(recorder[prefix + "_msg_diff_topic"] == Lines{"topic=events 7", "topic=orders 80"});
    CHECK(recorder[prefix + "_msg_diff_detail"].size() == 5);
  }
}

TEST_CASE("compatible families carry the raw diff of all rows") {
  const Recorder metrics = written(example().build());
  CHECK(metrics["rocketmq_msg_diff_detail"] ==
        Lines{"topic=events,consumerGroup=audit,broker=broker-b,queueId=0,consumerClientIP=10.0.0.2,consumerClientPID=7 7",
              "topic=orders,consumerGroup=audit,broker=broker-a,queueId=0,consumerClientIP=10.0.0.2,consumerClientPID= 0",
              "topic=orders,consumerGroup=billing,broker=broker-a,queueId=0,consumerClientIP=10.0.0.1,consumerClientPID=4711 20",
              "topic=orders,consumerGroup=billing,broker=broker-a,queueId=1,consumerClientIP=10.0.0.1,consumerClientPID=4711 -10",
              "topic=orders,consumerGroup=billing,broker=broker-b,queueId=0,consumerClientIP=,consumerClientPID= 70"});
  CHECK(metrics["rocketmq_msg_diff_topic"] == Lines{"topic=events 7", "topic=orders 80"});
  CHECK(metrics["rocketmq_msg_diff_consumergroup"] == Lines{"consumerGroup=audit 7", "consumerGroup=billing 80"});
  CHECK(metrics["rocketmq_msg_diff_topic_consumergroup"] ==
        Lines{"topic=events,consumerGroup=audit 7", "topic=orders,consumerGroup=audit 0", "topic=orders,consumerGroup=billing 80"});
  CHECK(metrics["rocketmq_msg_diff_broker"] == Lines{"broker=broker-a 10", "broker=broker-b 77"});
  CHECK(metrics["rocketmq_msg_diff_queue"] ==
        Lines{"broker=broker-a,queueId=0 20", "broker=broker-a,queueId=1 -10", "broker=broker-b,queueId=0 77"});
  CHECK(metrics["rocketmq_msg_diff_clientinfo"] ==
        Lines{"consumerClientIP=,consumerClientPID= 70", "consumerClientIP=10.0.0.1,consumerClientPID=4711 10",
              "consumerClientIP=10.0.0.2,consumerClientPID= 0", "consumerClientIP=10.0.0.2,consumerClientPID=7 7"});
}

TEST_CASE("families of a pair have a series for every pair that has rows, 0 included") {
  const Recorder metrics = written(example().build());
  const auto of_pairs = [](const std::string& events_audit, const std::string& orders_audit, const std::string& orders_billing) {
    return Lines{"topic=events,consumer_group=audit " + events_audit, "topic=orders,consumer_group=audit " + orders_audit,
                 "topic=orders,consumer_group=billing " + orders_billing};
  };
  CHECK(metrics["rmqlag_group_lag_messages"] == of_pairs("7", "0", "90"));
  CHECK(metrics["rmqlag_group_queues"] == of_pairs("1", "1", "3"));
  CHECK(metrics["rmqlag_group_unowned_queues"] == of_pairs("0", "0", "1"));
  CHECK(metrics["rmqlag_group_unowned_lag_messages"] == of_pairs("0", "0", "70"));
  CHECK(metrics["rmqlag_group_ahead_queues"] == of_pairs("0", "0", "1"));
  CHECK(metrics["rmqlag_group_ahead_messages"] == of_pairs("0", "0", "10"));
  CHECK(metrics["rmqlag_group_uncommitted_queues"] == of_pairs("0", "0", "1"));
  CHECK(metrics["rmqlag_group_consumer_offset"] == of_pairs("2", "120", "200"));
  CHECK(metrics["rmqlag_group_broker_offset"] == of_pairs("9", "120", "280"));
}

TEST_CASE("what is only said of some pairs") {
  const Recorder metrics = written(example()
                                       .incomplete("orders", "audit")
                                       .unknown("events", "audit", Reason::timeout, "no answer in 5 s")
                                       .unknown("orders", "nobody", Reason::not_subscribed)
                                       .unknown("", "lost", Reason::not_listed)
                                       .unknown("payments", "", Reason::refused)
                                       .build());
  CHECK(metrics["rmqlag_group_incomplete"] == Lines{"topic=orders,consumer_group=audit 1"});
  CHECK(metrics["rmqlag_group_read_timestamp_seconds"] == Lines{"topic=events,consumer_group=audit 1699999940.250000s"});
  // orders/billing: a lagging queue has no time; orders/audit: no lag.
  CHECK(metrics["rmqlag_group_oldest_consumed_timestamp_seconds"] == Lines{"topic=events,consumer_group=audit 1699999900.000000s"});
  CHECK(metrics["rmqlag_group_unknown"] ==
        Lines{"topic=,consumer_group=lost,reason=not_listed 1", "topic=events,consumer_group=audit,reason=timeout 1",
              "topic=orders,consumer_group=nobody,reason=not_subscribed 1"});
  CHECK(metrics["rmqlag_topic_unknown"] == Lines{"topic=payments,reason=refused 1"});
}

TEST_CASE("facts about groups appear only where they are known") {
  const Recorder metrics =
      written(example().facts("billing", 2, false, 0).facts("audit", 0).facts("ghosts", {}, true).dead_letters("billing", 12).build());
  CHECK(metrics["rmqlag_group_members"] == Lines{"consumer_group=audit 0", "consumer_group=billing 2"});
  CHECK(metrics["rmqlag_group_duplicate_client_ids"] == Lines{"consumer_group=billing 0"});
  CHECK(metrics["rmqlag_dlq_messages"] == Lines{"consumer_group=billing 12"});
}

TEST_CASE("processes hold what has an owner") {
  const Recorder metrics = written(example().build());
  CHECK(metrics["rmqlag_process_lag_messages"] == Lines{"topic=events,consumer_group=audit,host=10.0.0.2,process=7 7",
                                                        "topic=orders,consumer_group=audit,host=10.0.0.2,process= 0",
                                                        "topic=orders,consumer_group=billing,host=10.0.0.1,process=4711 20"});
  CHECK(metrics["rmqlag_process_queues"] == Lines{"topic=events,consumer_group=audit,host=10.0.0.2,process=7 1",
                                                  "topic=orders,consumer_group=audit,host=10.0.0.2,process= 1",
                                                  "topic=orders,consumer_group=billing,host=10.0.0.1,process=4711 2"});
}

TEST_CASE("processes of many topics are all there, in order") {
  // More rows than are summed at a time, so that the seams are in it.
  constexpr std::int32_t topics = 40, queues = 1000;
  SnapshotBuilder builder;
  for (std::int32_t topic = 0; topic < topics; ++topic) {
    for (std::int32_t queue = 0; queue < queues; ++queue) {
      builder.add_row("topic-" + std::to_string(100 + topic), "billing", "broker-a", queue, 3, 1, "10.0.0.1", queue % 2 == 0 ? "1" : "2");
    }
  }
  const Lines lines = written(builder.build(), {false, true, false, ""})["rmqlag_process_lag_messages"];
  REQUIRE(lines.size() == 2 * topics);
  for (std::int32_t i = 0; i < 2 * topics; ++i) {
    const std::string expected = "topic=topic-" + std::to_string(100 + i / 2) + ",consumer_group=billing,host=10.0.0.1,process=" +
                                 std::to_string(1 + i % 2) + ' ' + std::to_string(queues);
    CHECK(lines[static_cast<std::size_t>(i)] == expected);
  }
}

TEST_CASE("a broker's queues and lag are those read in this pass") {
  const Recorder metrics =
      written(example().broker("broker-a", true).broker("broker-c", false, 3).broker("broker-b", {}, 1).build());
  CHECK(metrics["rmqlag_broker_up"] == Lines{"broker=broker-a 1", "broker=broker-c 0"});  // of broker-b nothing could be told
  CHECK(metrics["rmqlag_broker_offset_regressions_total"] == Lines{"broker=broker-a 0", "broker=broker-b 1", "broker=broker-c 3"});
  CHECK(metrics["rmqlag_broker_queues"] == Lines{"broker=broker-a 3", "broker=broker-b 1"});
  CHECK(metrics["rmqlag_broker_lag_messages"] == Lines{"broker=broker-a 20", "broker=broker-b 70"});
}

TEST_CASE("the queues set") {
  const Recorder metrics = written(example().build(), {false, false, true, ""});
  const std::string events = "topic=events,consumer_group=audit,broker=broker-b,queue=0";
  const std::string audit = "topic=orders,consumer_group=audit,broker=broker-a,queue=0";
  const std::string a0 = "topic=orders,consumer_group=billing,broker=broker-a,queue=0";
  const std::string a1 = "topic=orders,consumer_group=billing,broker=broker-a,queue=1";
  const std::string b0 = "topic=orders,consumer_group=billing,broker=broker-b,queue=0";
  CHECK(metrics["rmqlag_queue_lag_messages"] == Lines{events + " 7", audit + " 0", a0 + " 20", a1 + " 0", b0 + " 70"});
  CHECK(metrics["rmqlag_queue_broker_offset"] == Lines{events + " 9", audit + " 120", a0 + " 120", a1 + " 90", b0 + " 70"});
  CHECK(metrics["rmqlag_queue_consumer_offset"] == Lines{events + " 2", audit + " 120", a0 + " 100", a1 + " 100", b0 + " 0"});
  CHECK(metrics["rmqlag_queue_consumed_up_to_timestamp_seconds"] ==
        Lines{events + " 1699999900.000000s", a0 + " 1699999990.500000s", a1 + " 1699999000.000000s"});
  CHECK(metrics["rmqlag_queue_owner_info"] == Lines{events + ",host=10.0.0.2,process=7 1", audit + ",host=10.0.0.2,process= 1",
                                                    a0 + ",host=10.0.0.1,process=4711 1", a1 + ",host=10.0.0.1,process=4711 1"});
}

TEST_CASE("what a sink is told to keep from the sample before is there, also where rows between have none") {
  SnapshotBuilder builder = example();
  int row = 0;
  for (const char* const topic : {"orders", "events", "say \"hi\""}) {
    for (const std::string& group : {std::string("billing"), std::string("b\\c"), std::string(1500, '\n')}) {
      builder.reading(row % 5 == 0 ? 41 : 42, wall(1'699'999'940'250));
      for (const char* const broker : {"broker-a", "broker-b"}) {
        for (std::int32_t queue = 0; queue < 5; ++queue, ++row) {
          const bool owned = row % 3 != 0;
          builder.add_row(topic, group, broker, 10 + queue, 7 * row, 5 * row, owned ? "10.0.0.1" : "", owned && row % 2 == 0 ? "4711" : "",
                          row % 4 == 0 ? 0 : 1'699'999'000'000 + row);
        }
      }
    }
  }
  const Snapshot snapshot = builder.build();

  std::string keeping, plain;
  PrometheusText keeping_text(keeping, ExpositionFormat::text), plain_text(plain, ExpositionFormat::text);
  SampleOnly sample_only(plain_text);
  write_metrics(snapshot, everything(), keeping_text);
  write_metrics(snapshot, everything(), sample_only);
  CHECK(keeping == plain);

  Distrustful distrustful;
  write_metrics(snapshot, everything(), distrustful);
  CHECK(distrustful.all_kept > 1000);  // or nothing has been looked at
}

TEST_CASE("the health of the collection") {
  SnapshotBuilder builder = example();
  Snapshot& fields = builder.fields();
  fields.outcome = Outcome::partial;
  fields.cost.seconds = 2.25;
  fields.last_complete = wall(1'699'999'000'000);
  fields.topic_list_read = wall(1'699'998'000'500);
  fields.topics_read = 7;
  fields.topics_unknown = 2;
  fields.topics_carried = 1;
  fields.url = "http://console:8080";
  fields.generation = "G4-G5";
  fields.namesrv = "ns:9876";
  fields.counters.collections = {5, 3, 1};
  fields.counters.received_bytes = 9'007'199'254'740'993;
  fields.counters.namesrv_changes = 4;
  fields.counters.requests[static_cast<std::size_t>(Endpoint::consumers_by_topic)][static_cast<std::size_t>(RequestResult::timeout)] = 6;
  builder.skipped("orders", "everybody", Skip::broadcast).skipped("events", "everybody", Skip::broadcast).skipped("x", "x", Skip::ghost);
  const Recorder metrics = written(builder.build());

  CHECK(metrics["rmqlag_up"] == Lines{"1"});
  CHECK(metrics["rmqlag_collection_duration_seconds"] == Lines{"2.250000s"});
  CHECK(metrics["rmqlag_collection_timestamp_seconds"] == Lines{"1700000002.500000s"});
  CHECK(metrics["rmqlag_last_complete_timestamp_seconds"] == Lines{"1699999000.000000s"});
  CHECK(metrics["rmqlag_topic_list_timestamp_seconds"] == Lines{"1699998000.500000s"});
  CHECK(metrics["rmqlag_group_list_timestamp_seconds"].empty());
  CHECK(metrics["rmqlag_collections_total"] == Lines{"result=complete 5", "result=partial 3", "result=failed 1"});
  CHECK(metrics["rmqlag_topics"] == Lines{"state=read 7", "state=unknown 2", "state=carried 1"});
  CHECK(metrics["rmqlag_skipped_groups"] == Lines{"reason=broadcast 1", "reason=ghost 1", "reason=filtered 0"});  // groups, not pairs
  CHECK(metrics["rmqlag_console_info"] == Lines{"generation=G4-G5,url=http://console:8080,namesrv=ns:9876 1"});
  CHECK(metrics["rmqlag_console_received_bytes_total"] == Lines{"9007199254740993"});
  CHECK(metrics["rmqlag_console_namesrv_changes_total"] == Lines{"4"});

  const Lines requests = metrics["rmqlag_console_requests_total"];
  CHECK(requests.size() == endpoint_count * request_result_count);
  const std::string six = "endpoint=" + std::string(to_string(Endpoint::consumers_by_topic)) +
                          ",result=" + std::string(to_string(RequestResult::timeout)) + " 6";
  CHECK(std::count(requests.begin(), requests.end(), six) == 1);
  const auto zeros = std::count_if(requests.begin(), requests.end(), [](const std::string& line) { return line.ends_with(" 0"); });
  CHECK(static_cast<std::size_t>(zeros) == requests.size() - 1);
}

TEST_CASE("rmqlag_up") {
  for (const auto& [outcome, up] : {std::pair(Outcome::complete, "1"), std::pair(Outcome::partial, "1"), std::pair(Outcome::failed, "0")}) {
    SnapshotBuilder builder;
    builder.fields().outcome = outcome;
    CHECK(written(builder.build())["rmqlag_up"] == Lines{up});
  }
}

TEST_CASE("before the first collection has ended, counters stand at 0 and nothing is claimed") {
  SnapshotBuilder builder;
  builder.fields().pass = 0;
  const Recorder metrics = written(builder.build());
  for (const char* name : {"rmqlag_up", "rmqlag_collection_timestamp_seconds", "rmqlag_collection_duration_seconds", "rmqlag_console_info",
                           "rmqlag_last_complete_timestamp_seconds"}) {
    CHECK(metrics[name].empty());
  }
  CHECK(metrics["rmqlag_collections_total"] == Lines{"result=complete 0", "result=partial 0", "result=failed 0"});
  CHECK(metrics["rmqlag_topics"] == Lines{"state=read 0", "state=unknown 0", "state=carried 0"});
  CHECK(metrics["rmqlag_console_requests_total"].size() == endpoint_count * request_result_count);
}

TEST_CASE("metric prefixes") {
  for (const char* good : {"rocketmq", "_", ":", "a1", "A_b:c9"}) CHECK(valid_metric_prefix(good));
  for (const char* bad : {"", "1a", "a-b", "a b", "a.b", "\xc3\xa4", "a\n"}) CHECK_FALSE(valid_metric_prefix(bad));
}
