// metrics.cc: the catalogue of metric families; each entry says what a family is and where its samples come from. See metrics.h.
#include "rmqlag/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metric_totals.h"

namespace rmqlag {
namespace {

using internal::BriefTotal;
using internal::each_process_total;
using internal::each_topic_total;
using internal::MetricTotals;
using internal::PairTotal;

/// Seconds since 1970 as Prometheus wants its times.
double seconds(std::int64_t milliseconds) { return static_cast<double>(milliseconds) / 1000; }
double seconds(Wall time) { return seconds(time.time_since_epoch().count()); }

/// A queue's number as text, without an allocation.
class QueueText {
 public:
  explicit QueueText(std::int32_t queue) {
    size_ = static_cast<std::size_t>(std::to_chars(text_.data(), text_.data() + text_.size(), queue).ptr - text_.data());
  }
  operator std::string_view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 11> text_;  // "-2147483648"
  std::size_t size_;
};

/// What the label values of a row's samples begin with: topic, group, broker.
using RowNames = std::array<NameId, 3>;

/// What the entries of the catalogue write with: the snapshot, its totals, and short forms.
class Writer {
 public:
  Writer(const Snapshot& written, bool compatible, MetricSink& sink) : snapshot(written), sink_(sink), compatible_(compatible) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  const Snapshot& snapshot;

  std::string_view name(NameId id) const { return (*snapshot.names)[id]; }

  template <class... Labels>
  void sample(Value value, Labels... labels) {
    const std::array<std::string_view, sizeof...(Labels)> label_values{labels...};
    last_count_ = 0;
    sink_.sample(label_values, value);
  }

  /// A sample whose first label values are names. Mostly those of the sample before come again.
  template <std::size_t size, class... More>
  void sample_of(const std::array<NameId, size>& ids, Value value, More... more) {
    static_assert(size <= most_names && size + sizeof...(More) <= most_labels);
    std::size_t kept = 0;
    while (kept < size && kept < last_count_ && ids[kept] == last_ids_[kept]) ++kept;
    for (std::size_t i = kept; i < size; ++i) {
      last_ids_[i] = ids[i];
      labels_[i] = name(ids[i]);
    }
    last_count_ = size;
    std::size_t count = size;
    ((labels_[count++] = more), ...);
    sink_.next_sample(kept, std::span(labels_).first(count), value);
  }

  void begin(const Family& family) {
    last_count_ = 0;
    sink_.family(family);
  }

  /// The sample of a (topic, group).
  void pair(const PairTotal& total, Value value) { sample_of(std::array{total.topic, total.group}, value); }

  /// Calls `write(row, names)` for every row.
  template <class Write>
  void rows(Write write) const {
    for (const auto& block : snapshot.blocks) {
      for (const Part& part : block->parts) {
        for (const Row& row : std::span(block->rows).subspan(part.first, part.count)) {
          write(row, RowNames{block->topic, part.group, row.broker});
        }
      }
    }
  }

  /// Made when a family first shows one of them.
  const MetricTotals& totals() {
    if (!totals_) totals_ = internal::metric_totals(snapshot, compatible_);
    return *totals_;
  }

 private:
  MetricSink& sink_;
  const bool compatible_;
  std::optional<MetricTotals> totals_;

  static constexpr std::size_t most_names = 4, most_labels = 6;
  std::array<NameId, most_names> last_ids_{};  // of the family's last sample...
  std::size_t last_count_ = 0;                 // ... so many, if its label values were names
  std::array<std::string_view, most_labels> labels_{};
};

/// One integer of each pair's total.
template <auto field>
void pairs(Writer& writer) {
  for (const PairTotal& total : writer.totals().pairs) writer.pair(total, std::int64_t{total.*field});
}

template <std::int64_t BriefTotal::*field>
void processes(Writer& writer) {
  each_process_total(writer.snapshot, [&writer](const BriefTotal& total) {
    if (total.host == 0 && total.process == 0) return;
    writer.sample_of(std::array{total.topic, total.group, total.host, total.process}, total.*field);
  });
}

template <std::int64_t BriefTotal::*field>
void brokers(Writer& writer) {
  for (const BriefTotal& total : writer.totals().brokers_read) {
    writer.sample(total.*field, writer.name(total.broker));
  }
}

template <std::int64_t Row::*field>
void queues(Writer& writer) {
  writer.rows([&writer](const Row& row, const RowNames& names) {
    writer.sample_of(names, row.*field, QueueText(row.queue));
  });
}

/// A fact that not every group has.
template <std::optional<std::int64_t> GroupFacts::*field>
void group_facts(Writer& writer) {
  for (const GroupFacts& facts : writer.snapshot.groups) {
    if (facts.*field) writer.sample(*(facts.*field), writer.name(facts.group));
  }
}

/// A time that may not have come yet.
template <std::optional<Wall> Snapshot::*field>
void time_of(Writer& writer) {
  if (writer.snapshot.*field) writer.sample(seconds(*(writer.snapshot.*field)));
}

void skipped_groups(Writer& writer) {
  std::array<std::set<NameId>, skip_count> groups;
  for (const Skipped& skipped : writer.snapshot.skipped) groups[static_cast<std::size_t>(skipped.reason)].insert(skipped.group);
  for (std::size_t reason = 0; reason < skip_count; ++reason) {
    writer.sample(static_cast<std::int64_t>(groups[reason].size()), to_string(static_cast<Skip>(reason)));
  }
}

void console_requests(Writer& writer) {
  for (std::size_t endpoint = 0; endpoint < endpoint_count; ++endpoint) {
    for (std::size_t result = 0; result < request_result_count; ++result) {
      writer.sample(writer.snapshot.counters.requests[endpoint][result], to_string(static_cast<Endpoint>(endpoint)),
                    to_string(static_cast<RequestResult>(result)));
    }
  }
}

using Labels = std::span<const std::string_view>;

template <std::size_t size>
using LabelNames = std::array<std::string_view, size>;

constexpr LabelNames<2> pair_labels = {"topic", "consumer_group"};
constexpr LabelNames<3> pair_reason_labels = {"topic", "consumer_group", "reason"};
constexpr LabelNames<1> group_labels = {"consumer_group"};
constexpr LabelNames<4> process_labels = {"topic", "consumer_group", "host", "process"};
constexpr LabelNames<1> broker_labels = {"broker"};
constexpr LabelNames<4> queue_labels = {"topic", "consumer_group", "broker", "queue"};
constexpr LabelNames<6> queue_owner_labels = {"topic", "consumer_group", "broker", "queue", "host", "process"};
constexpr LabelNames<2> topic_reason_labels = {"topic", "reason"};
constexpr LabelNames<1> result_labels = {"result"};
constexpr LabelNames<2> endpoint_labels = {"endpoint", "result"};
constexpr LabelNames<1> state_labels = {"state"};
constexpr LabelNames<1> reason_labels = {"reason"};
constexpr LabelNames<2> shard_labels = {"shard", "shards"};
constexpr LabelNames<3> console_labels = {"generation", "url", "namesrv"};

// Of hpy-go-rocketmq-exporter, letter for letter.
constexpr LabelNames<6> compatible_detail_labels = {"topic", "consumerGroup", "broker", "queueId", "consumerClientIP", "consumerClientPID"};
constexpr LabelNames<1> compatible_topic_labels = {"topic"};
constexpr LabelNames<1> compatible_group_labels = {"consumerGroup"};
constexpr LabelNames<2> compatible_pair_labels = {"topic", "consumerGroup"};
constexpr LabelNames<2> compatible_queue_labels = {"broker", "queueId"};
constexpr LabelNames<2> compatible_client_labels = {"consumerClientIP", "consumerClientPID"};

struct Entry {
  Family family;
  void (*write)(Writer&);
};

constexpr Entry gauge(MetricSet set, std::string_view name, Labels labels, std::string_view help, void (*write)(Writer&)) {
  return {{name, help, false, labels, set}, write};
}

constexpr Entry counter(std::string_view name, Labels labels, std::string_view help, void (*write)(Writer&)) {
  return {{name, help, true, labels, MetricSet::own}, write};
}

constexpr Entry own(std::string_view name, Labels labels, std::string_view help, void (*write)(Writer&)) {
  return gauge(MetricSet::own, name, labels, help, write);
}

constexpr Entry queue(std::string_view name, Labels labels, std::string_view help, void (*write)(Writer&)) {
  return gauge(MetricSet::queues, name, labels, help, write);
}

constexpr Entry compatible(std::string_view name, Labels labels, std::string_view help, void (*write)(Writer&)) {
  return gauge(MetricSet::compatible, name, labels, help, write);
}

/// Sorted by name.
constexpr std::array entries = {
    own("rmqlag_broker_lag_messages", broker_labels, "Lag of the broker's queues that were read in the last collection.",
        brokers<&BriefTotal::lag>),
    counter("rmqlag_broker_offset_regressions_total", broker_labels,
            "Broker offsets that were seen going backwards, as after reads from a slave or a lost tail of the log.",
            [](Writer& writer) {
              for (const BrokerState& state : writer.snapshot.brokers) writer.sample(state.regressions, writer.name(state.broker));
            }),
    own("rmqlag_broker_queues", broker_labels,
        "Queues of the broker that were read in the last collection, counted once for each consumer group.", brokers<&BriefTotal::queues>),
    own("rmqlag_broker_up", broker_labels,
        "1 if queues of the broker were read in the last collection, 0 if they were there before and are gone; absent if not known.",
        [](Writer& writer) {
          for (const BrokerState& state : writer.snapshot.brokers) {
            if (state.up) writer.sample(std::int64_t{*state.up}, writer.name(state.broker));
          }
        }),
    own("rmqlag_collection_duration_seconds", {}, "How long the last collection took.",
        [](Writer& writer) {
          if (writer.snapshot.pass != 0) writer.sample(writer.snapshot.cost.seconds);
        }),
    own("rmqlag_collection_timestamp_seconds", {}, "When the last collection ended, whatever its result.",
        [](Writer& writer) {
          if (writer.snapshot.pass != 0) writer.sample(seconds(writer.snapshot.ended));
        }),
    counter("rmqlag_collections_total", result_labels, "Collections that ended, by result.",
            [](Writer& writer) {
              for (std::size_t outcome = 0; outcome < outcome_count; ++outcome) {
                writer.sample(writer.snapshot.counters.collections[outcome], to_string(static_cast<Outcome>(outcome)));
              }
            }),
    own("rmqlag_console_info", console_labels, "Always 1; the labels tell the console's generation, its URL and the NameServer it shows.",
        [](Writer& writer) {
          const Snapshot& snapshot = writer.snapshot;
          if (snapshot.pass != 0) writer.sample(std::int64_t{1}, snapshot.generation, snapshot.url, snapshot.namesrv);
        }),
    counter("rmqlag_console_namesrv_changes_total", {}, "How often the console was found switched to another NameServer.",
            [](Writer& writer) { writer.sample(writer.snapshot.counters.namesrv_changes); }),
    counter("rmqlag_console_received_bytes_total", {}, "Bytes of the console's answers.",
            [](Writer& writer) { writer.sample(writer.snapshot.counters.received_bytes); }),
    counter("rmqlag_console_requests_total", endpoint_labels, "Requests sent to the console, by endpoint and by how they ended.",
            console_requests),
    own("rmqlag_dlq_messages", group_labels, "Dead letters held for the consumer group, from the lowest to the highest offset.",
        [](Writer& writer) {
          for (const DlqDepth& depth : writer.snapshot.dead_letters) writer.sample(depth.messages, writer.name(depth.group));
        }),
    own("rmqlag_group_ahead_messages", pair_labels,
        "By how much the consumer offset exceeds the broker offset, summed over the queues where it does.", pairs<&PairTotal::ahead>),
    own("rmqlag_group_ahead_queues", pair_labels, "Queues whose consumer offset exceeds the broker offset.",
        pairs<&PairTotal::ahead_queues>),
    own("rmqlag_group_broker_offset", pair_labels,
        "Sum of the broker offsets of the group's queues in the topic; it grows with what is produced.", pairs<&PairTotal::broker_offset>),
    own("rmqlag_group_consumer_offset", pair_labels,
        "Sum of the consumer offsets of the group's queues in the topic; it grows with what is consumed.",
        pairs<&PairTotal::consumer_offset>),
    own("rmqlag_group_duplicate_client_ids", group_labels,
        "Client ids of the group that are used from more than one address; absent where not yet asked.",
        group_facts<&GroupFacts::duplicate_client_ids>),
    own("rmqlag_group_incomplete", pair_labels, "1 where the group shows fewer queues of the topic than another group does.",
        [](Writer& writer) {
          for (const PairTotal& total : writer.totals().pairs) {
            if (total.incomplete) writer.pair(total, std::int64_t{1});
          }
        }),
    own("rmqlag_group_lag_messages", pair_labels, "Messages of the topic that the group has not consumed; a queue that is ahead counts 0.",
        pairs<&PairTotal::lag>),
    own("rmqlag_group_list_timestamp_seconds", {}, "When the list of consumer groups in use was read.",
        time_of<&Snapshot::group_list_read>),
    own("rmqlag_group_members", group_labels,
        "Clients of the group that the console counts; 0 does not prove that it is offline, as gRPC clients are not counted.",
        group_facts<&GroupFacts::members>),
    own("rmqlag_group_oldest_consumed_timestamp_seconds", pair_labels,
        "Oldest store time of the last consumed message among the queues with lag; absent without lag and where such a queue has no time.",
        [](Writer& writer) {
          for (const PairTotal& total : writer.totals().pairs) {
            if (total.oldest_consumed_ms != 0) writer.pair(total, seconds(total.oldest_consumed_ms));
          }
        }),
    own("rmqlag_group_queues", pair_labels, "Queues of the topic that the console shows for the group.", pairs<&PairTotal::queues>),
    own("rmqlag_group_read_timestamp_seconds", pair_labels,
        "When carried-over queues were read, the oldest of the pair; absent where all were read in the last collection.",
        [](Writer& writer) {
          for (const PairTotal& total : writer.totals().pairs) {
            if (total.carried) writer.pair(total, seconds(total.read_at));
          }
        }),
    own("rmqlag_group_uncommitted_queues", pair_labels,
        "Queues with consumer offset 0 and a broker offset above it: their lag may count messages that expired.",
        pairs<&PairTotal::uncommitted_queues>),
    own("rmqlag_group_unknown", pair_reason_labels,
        "1 while the group's lag in the topic cannot be read, even if older values stand in for it.",
        [](Writer& writer) {
          for (const Unknown& unknown : writer.snapshot.unknown) {
            if (unknown.group == 0) continue;
            writer.sample(std::int64_t{1}, writer.name(unknown.topic), writer.name(unknown.group), to_string(unknown.reason));
          }
        }),
    own("rmqlag_group_unowned_lag_messages", pair_labels, "Lag of the queues whose owner is not known.", pairs<&PairTotal::unowned_lag>),
    own("rmqlag_group_unowned_queues", pair_labels, "Queues whose owner is not known, which is normal for POP, gRPC and some pull clients.",
        pairs<&PairTotal::unowned_queues>),
    own("rmqlag_last_complete_timestamp_seconds", {}, "When the last complete collection ended.", time_of<&Snapshot::last_complete>),
    own("rmqlag_process_lag_messages", process_labels, "Lag of the queues that the process holds.", processes<&BriefTotal::lag>),
    own("rmqlag_process_queues", process_labels, "Queues that the process holds.", processes<&BriefTotal::queues>),
    queue("rmqlag_queue_broker_offset", queue_labels, "Offset that the queue's next message will get.", queues<&Row::broker_offset>),
    queue("rmqlag_queue_consumed_up_to_timestamp_seconds", queue_labels,
          "Store time of the last message of the queue that the group consumed; absent where not known.",
          [](Writer& writer) {
            writer.rows([&writer](const Row& row, const RowNames& names) {
              if (row.last_consumed_ms == 0) return;
              writer.sample_of(names, seconds(row.last_consumed_ms), QueueText(row.queue));
            });
          }),
    queue("rmqlag_queue_consumer_offset", queue_labels, "Position in the queue that the group committed.", queues<&Row::consumer_offset>),
    queue("rmqlag_queue_lag_messages", queue_labels, "Messages of the queue that the group has not consumed; 0 where it is ahead.",
          [](Writer& writer) {
            writer.rows([&writer](const Row& row, const RowNames& names) {
              writer.sample_of(names, std::max<std::int64_t>(diff(row), 0), QueueText(row.queue));
            });
          }),
    queue("rmqlag_queue_owner_info", queue_owner_labels, "1 for the process that holds the queue; absent where the owner is not known.",
          [](Writer& writer) {
            writer.rows([&writer](const Row& row, const RowNames& names) {
              if (!row.owned()) return;
              writer.sample_of(names, std::int64_t{1}, QueueText(row.queue), writer.name(row.host), writer.name(row.process));
            });
          }),
    own("rmqlag_shard_info", shard_labels, "Always 1; which part of the topics this collector reads. Absent where it reads them all.",
        [](Writer& writer) {
          const Snapshot& snapshot = writer.snapshot;
          if (snapshot.shards > 1) writer.sample(std::int64_t{1}, std::to_string(snapshot.shard), std::to_string(snapshot.shards));
        }),
    own("rmqlag_skipped_groups", reason_labels, "Consumer groups left out on purpose, in one topic or more, by reason.", skipped_groups),
    own("rmqlag_topic_list_timestamp_seconds", {}, "When the list of topics in use was read.", time_of<&Snapshot::topic_list_read>),
    own("rmqlag_topic_unknown", topic_reason_labels, "1 while the topic cannot be read at all.",
        [](Writer& writer) {
          for (const Unknown& unknown : writer.snapshot.unknown) {
            if (unknown.group == 0) writer.sample(std::int64_t{1}, writer.name(unknown.topic), to_string(unknown.reason));
          }
        }),
    own("rmqlag_topics", state_labels, "Topics of the last collection, by what became of them.",
        [](Writer& writer) {
          writer.sample(writer.snapshot.topics_read, "read");
          writer.sample(writer.snapshot.topics_unknown, "unknown");
          writer.sample(writer.snapshot.topics_carried, "carried");
        }),
    own("rmqlag_up", {}, "1 if the last collection read anything, 0 if it failed.",
        [](Writer& writer) {
          if (writer.snapshot.pass != 0) writer.sample(std::int64_t{writer.snapshot.outcome != Outcome::failed});
        }),
    compatible("rocketmq_msg_diff_broker", broker_labels,
               "Broker offset less consumer offset, summed over the broker's queues and all groups.",
               [](Writer& writer) {
                 for (const BriefTotal& total : writer.totals().brokers) writer.sample(total.diff, writer.name(total.broker));
               }),
    compatible("rocketmq_msg_diff_clientinfo", compatible_client_labels,
               "Broker offset less consumer offset, summed over the queues that the client holds; empty labels: the owner is not known.",
               [](Writer& writer) {
                 for (const BriefTotal& total : writer.totals().processes) {
                   writer.sample(total.diff, writer.name(total.host), writer.name(total.process));
                 }
               }),
    compatible("rocketmq_msg_diff_consumergroup", compatible_group_labels,
               "Broker offset less consumer offset, summed over the consumer group's topics.",
               [](Writer& writer) {
                 for (const BriefTotal& total : writer.totals().groups) writer.sample(total.diff, writer.name(total.group));
               }),
    compatible("rocketmq_msg_diff_detail", compatible_detail_labels, "Broker offset less consumer offset of a queue for a consumer group.",
               [](Writer& writer) {
                 writer.rows([&writer](const Row& row, const RowNames& names) {
                   writer.sample_of(names, diff(row), QueueText(row.queue), writer.name(row.host), writer.name(row.process));
                 });
               }),
    compatible("rocketmq_msg_diff_queue", compatible_queue_labels,
               "Broker offset less consumer offset, summed over all topics and groups for a queue number of a broker.",
               [](Writer& writer) {
                 for (const BriefTotal& total : writer.totals().queues) {
                   writer.sample(total.diff, writer.name(total.broker), QueueText(total.queue));
                 }
               }),
    compatible("rocketmq_msg_diff_topic", compatible_topic_labels, "Broker offset less consumer offset, summed over the topic's groups.",
               [](Writer& writer) {
                 each_topic_total(writer.snapshot, [&writer](const BriefTotal& total) {
                   writer.sample(total.diff, writer.name(total.topic));
                 });
               }),
    compatible("rocketmq_msg_diff_topic_consumergroup", compatible_pair_labels,
               "Broker offset less consumer offset, summed over the consumer group's queues in the topic.", pairs<&PairTotal::diff>),
};

constexpr std::string_view catalogue_prefix = "rocketmq";

/// The same families without the way to write them.
constexpr std::array<Family, entries.size()> catalogue = [] {
  std::array<Family, entries.size()> families{};
  std::transform(entries.begin(), entries.end(), families.begin(), [](const Entry& entry) { return entry.family; });
  return families;
}();

static_assert(std::adjacent_find(catalogue.begin(), catalogue.end(),
                                 [](const Family& a, const Family& b) { return a.name >= b.name; }) == catalogue.end(),
              "the catalogue is sorted by name, and no name is there twice");

bool wanted(MetricSet set, const MetricOptions& options) {
  switch (set) {
    case MetricSet::compatible: return options.compatible;
    case MetricSet::own: return options.own;
    case MetricSet::queues: return options.queues;
  }
  return false;
}

std::string final_name(const Family& family, const MetricOptions& options) {
  if (family.set != MetricSet::compatible) return std::string(family.name);
  return options.prefix + std::string(family.name.substr(catalogue_prefix.size()));
}

}  // namespace

MetricSink::~MetricSink() = default;

std::span<const Family> metric_catalogue() { return catalogue; }

void write_metrics(const Snapshot& snapshot, const MetricOptions& options, MetricSink& sink) {
  std::vector<std::pair<std::string, const Entry*>> chosen;
  for (const Entry& entry : entries) {
    if (wanted(entry.family.set, options)) chosen.emplace_back(final_name(entry.family, options), &entry);
  }
  std::sort(chosen.begin(), chosen.end());  // the prefix decides where the compatible families fall

  Writer writer(snapshot, options.compatible, sink);
  for (const auto& [name, entry] : chosen) {
    Family family = entry->family;
    family.name = name;
    writer.begin(family);
    entry->write(writer);
  }
}

bool valid_metric_prefix(std::string_view prefix) {
  const auto begins = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':'; };
  const auto continues = [begins](char c) { return begins(c) || (c >= '0' && c <= '9'); };
  return !prefix.empty() && begins(prefix.front()) && std::all_of(prefix.begin(), prefix.end(), continues);
}

}  // namespace rmqlag
