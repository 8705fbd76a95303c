// lag_json.cc: a snapshot as JSON, schema "rmqlag.dump/1" (lag_json.h).
#include "rmqlag/lag_json.h"

#include <algorithm>
#include <optional>

#include "json_writer.h"
#include "report.h"
#include "time_text.h"

namespace rmqlag {
namespace {

using internal::dimensions;
using internal::JsonWriter;

void text_or_null(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  text.empty() ? json.null() : json.string(text);
}

void integer_or_null(JsonWriter& json, std::string_view name, std::optional<std::int64_t> value) {
  json.key(name);
  value ? json.integer(*value) : json.null();
}

void boolean_or_null(JsonWriter& json, std::string_view name, std::optional<bool> value) {
  json.key(name);
  value ? json.boolean(*value) : json.null();
}

void time_or_null(JsonWriter& json, std::string_view name, std::optional<Wall> time) {
  text_or_null(json, name, time ? internal::rfc3339(*time) : "");
}

/// Store times of messages are 0 where there is none.
void store_time_or_null(JsonWriter& json, std::string_view name, std::int64_t milliseconds) {
  integer_or_null(json, name, milliseconds == 0 ? std::nullopt : std::optional(milliseconds));
}

void flag_if_true(JsonWriter& json, std::string_view name, bool value) {
  if (value) json.key(name).boolean(true);
}

class SnapshotJson {
 public:
  SnapshotJson(JsonWriter& json, const Snapshot& snapshot) : json_(json), snapshot_(snapshot), names_(*snapshot.names) {}

  void document(const JsonOptions& options) {
    json_.begin_object().member("schema", "rmqlag.dump/1");
    source();
    json_.member("collected_at", internal::rfc3339(snapshot_.ended));
    json_.key("complete").boolean(snapshot_.outcome == Outcome::complete);
    json_.member("outcome", to_string(snapshot_.outcome));
    time_or_null(json_, "last_complete", snapshot_.last_complete);
    by(options.selection.by);
    array("totals", select(snapshot_, options.selection), [&](const Total& total) { members_of(total, options.selection.by); });
    if (options.rows) rows();
    array("groups", snapshot_.groups, [this](const GroupFacts& facts) { members_of(facts); });
    array("brokers", snapshot_.brokers, [this](const BrokerState& broker) {
      json_.member("broker", names_[broker.broker]);
      boolean_or_null(json_, "up", broker.up);
    });
    // Only where it was asked for, so that an empty list cannot be taken for "no dead letters".
    if (!snapshot_.dead_letters.empty()) {
      array("dead_letters", snapshot_.dead_letters, [this](const DlqDepth& depth) {
        json_.member("group", names_[depth.group]).member("messages", depth.messages);
      });
    }
    array("unknown", snapshot_.unknown, [this](const Unknown& unknown) { members_of(unknown); });
    array("skipped", snapshot_.skipped, [this](const Skipped& skipped) {
      pair(skipped.topic, skipped.group);
      json_.member("reason", to_string(skipped.reason));
    });
    array("failures", snapshot_.failures, [this](const Failure& failure) {
      json_.member("target", failure.target).member("reason", to_string(failure.reason)).member("message", failure.message);
    });
    cost();
    json_.end_object();
  }

 private:
  template <class Elements, class Members>
  void array(std::string_view name, const Elements& elements, Members write_members) {
    json_.key(name).begin_array();
    for (const auto& element : elements) {
      json_.begin_object();
      write_members(element);
      json_.end_object();
    }
    json_.end_array();
  }

  void source() {
    json_.key("source").begin_object().member("url", snapshot_.url);
    text_or_null(json_, "console", internal::generation_words(snapshot_.generation));
    text_or_null(json_, "generation", snapshot_.generation);
    text_or_null(json_, "namesrv", snapshot_.namesrv);
    json_.end_object();
  }

  void by(unsigned set) {
    json_.key("by").begin_array();
    for (const auto& dimension : dimensions) {
      if ((set & dimension.bit) != 0) json_.string(dimension.name);
    }
    json_.end_array();
  }

  void members_of(const Total& total, unsigned set) {
    for (const auto& dimension : dimensions) {
      if ((set & dimension.bit) == 0) continue;
      if (dimension.id == nullptr) {
        json_.member(dimension.name, total.queue);
      } else {
        text_or_null(json_, dimension.name, names_[total.*dimension.id]);
      }
    }
    json_.member("lag", total.lag).member("diff", total.diff);
    json_.member("queues", total.queues).member("unowned_queues", total.unowned_queues);
    store_time_or_null(json_, "oldest_consumed_ms", total.oldest_consumed_ms);
    if (total.carried) json_.member("read_at", internal::rfc3339(total.read_at));
    flag_if_true(json_, "incomplete", total.incomplete);
    flag_if_true(json_, "saturated", total.saturated);
  }

  void rows() {
    json_.key("rows").begin_array();
    for (const auto& block : snapshot_.blocks) {
      for (const Part& part : block->parts) {
        for (std::size_t i = 0; i < part.count; ++i) row(*block, part, block->rows[part.first + i]);
      }
    }
    json_.end_array();
  }

  void row(const TopicBlock& block, const Part& part, const Row& row) {
    const std::int64_t difference = diff(row);
    json_.begin_object().member("topic", names_[block.topic]).member("group", names_[part.group]);
    json_.member("broker", names_[row.broker]).member("queue", row.queue);
    text_or_null(json_, "host", names_[row.host]);
    text_or_null(json_, "process", names_[row.process]);
    json_.member("broker_offset", row.broker_offset).member("consumer_offset", row.consumer_offset);
    json_.member("lag", std::max<std::int64_t>(difference, 0)).member("diff", difference);
    store_time_or_null(json_, "last_consumed_ms", row.last_consumed_ms);
    if (snapshot_.carried(part)) json_.member("read_at", internal::rfc3339(part.read_at));
    json_.end_object();
  }

  void members_of(const GroupFacts& facts) {
    json_.member("group", names_[facts.group]);
    integer_or_null(json_, "members", facts.members);
    integer_or_null(json_, "duplicate_client_ids", facts.duplicate_client_ids);
    boolean_or_null(json_, "broadcast", facts.broadcast);
  }

  void members_of(const Unknown& unknown) {
    pair(unknown.topic, unknown.group);
    json_.member("reason", to_string(unknown.reason));
    json_.member("message", internal::why(snapshot_, unknown, by::topic | by::group));
  }

  void pair(NameId topic, NameId group) {
    text_or_null(json_, "topic", names_[topic]);
    text_or_null(json_, "group", names_[group]);
  }

  void cost() {
    json_.key("cost").begin_object();
    json_.member("requests", snapshot_.cost.requests).member("fact_requests", snapshot_.cost.fact_requests);
    json_.member("bytes", snapshot_.cost.bytes).key("seconds").real(snapshot_.cost.seconds);
    json_.end_object();
  }

  JsonWriter& json_;
  const Snapshot& snapshot_;
  const Names& names_;
};

}  // namespace

std::string lag_json(const Snapshot& snapshot, const JsonOptions& options) {
  std::string out;
  {
    JsonWriter json(out);
    SnapshotJson(json, snapshot).document(options);
  }
  out += '\n';
  return out;
}

}  // namespace rmqlag
