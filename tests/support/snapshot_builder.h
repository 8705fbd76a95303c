// snapshot_builder.h: snapshots for tests, made row by row.
// Used by the unit tests of everything right of the collector: aggregate, metrics and the writers.
// Takes care of what a Snapshot promises (interned names, blocks, parts, all orders), so that a test states only its facts:
//
//   const Snapshot snapshot = SnapshotBuilder()
//       .add_row("orders", "billing", "broker-a", 0, 120, 100, "10.0.0.1", "4711")
//       .reading(41, wall(1'699'999'940'000))  // rows from here on are carried over
//       .add_row("orders", "audit", "broker-a", 0, 120, 7)
//       .unknown("orders", "audit", Reason::timeout)
//       .build();
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "rmqlag/lag.h"

namespace rmqlag::test {

/// A time by its milliseconds since 1970.
inline Wall wall(std::int64_t milliseconds) { return Wall(std::chrono::milliseconds(milliseconds)); }

class SnapshotBuilder {
 public:
  /// The snapshot's own pass is 42; it began at 1,700,000,000 s, took 2.5 s and was complete.
  SnapshotBuilder() {
    fields_.pass = 42;
    fields_.started = wall(1'700'000'000'000);
    fields_.ended = wall(1'700'000'002'500);
    fields_.outcome = Outcome::complete;
    reading_ = {fields_.pass, wall(1'700'000'001'000)};
  }

  /// Rows added from here on were read in `pass` at `read_at`. They are carried over unless that is the snapshot's own pass.
  SnapshotBuilder& reading(std::uint64_t pass, Wall read_at) {
    reading_ = {pass, read_at};
    return *this;
  }

  SnapshotBuilder& add_row(std::string_view topic, std::string_view group, std::string_view broker, std::int32_t queue,
                           std::int64_t broker_offset, std::int64_t consumer_offset, std::string_view host = {},
                           std::string_view process = {}, std::int64_t last_consumed_ms = 0) {
    const Row row{name(broker), name(host), name(process), queue, broker_offset, consumer_offset, last_consumed_ms};
    readings_[std::string(topic)][{std::string(group), reading_}].push_back(row);
    return *this;
  }

  /// Marks all parts of a pair as incomplete.
  SnapshotBuilder& incomplete(std::string_view topic, std::string_view group) {
    incomplete_.emplace_back(topic, group);
    return *this;
  }

  /// An empty group: the whole topic. An empty topic: a group under no topic.
  SnapshotBuilder& unknown(std::string_view topic, std::string_view group, Reason reason, std::string message = {}) {
    fields_.unknown.push_back({name(topic), name(group), reason, std::move(message)});
    return *this;
  }

  SnapshotBuilder& skipped(std::string_view topic, std::string_view group, Skip reason) {
    fields_.skipped.push_back({name(topic), name(group), reason});
    return *this;
  }

  SnapshotBuilder& failure(std::string target, Reason reason, std::string message = {}) {
    fields_.failures.push_back({std::move(target), reason, std::move(message)});
    return *this;
  }

  SnapshotBuilder& facts(std::string_view group, std::optional<std::int64_t> members, std::optional<bool> broadcast = {},
                         std::optional<std::int64_t> duplicate_client_ids = {}) {
    fields_.groups.push_back({name(group), members, broadcast, duplicate_client_ids});
    return *this;
  }

  SnapshotBuilder& broker(std::string_view broker, std::optional<bool> up, std::int64_t regressions = 0) {
    fields_.brokers.push_back({name(broker), up, regressions});
    return *this;
  }

  SnapshotBuilder& dead_letters(std::string_view group, std::int64_t messages) {
    fields_.dead_letters.push_back({name(group), messages});
    return *this;
  }

  /// For the plain members: builder.fields().url = "http://console:8080".
  Snapshot& fields() { return fields_; }

  Snapshot build() const {
    Snapshot snapshot = fields_;
    snapshot.names = names_;
    for (const auto& [topic, parts] : readings_) snapshot.blocks.push_back(block(topic, parts));

    const Names& names = *names_;
    const auto by_pair = [&names](const auto& a, const auto& b) {
      return std::pair(names[a.topic], names[a.group]) < std::pair(names[b.topic], names[b.group]);
    };
    const auto by_group = [&names](const auto& a, const auto& b) { return names[a.group] < names[b.group]; };
    const auto by_broker = [&names](const auto& a, const auto& b) { return names[a.broker] < names[b.broker]; };
    std::sort(snapshot.unknown.begin(), snapshot.unknown.end(), by_pair);
    std::sort(snapshot.skipped.begin(), snapshot.skipped.end(), by_pair);
    std::sort(snapshot.groups.begin(), snapshot.groups.end(), by_group);
    std::sort(snapshot.dead_letters.begin(), snapshot.dead_letters.end(), by_group);
    std::sort(snapshot.brokers.begin(), snapshot.brokers.end(), by_broker);
    return snapshot;
  }

 private:
  struct Reading {
    std::uint64_t pass = 0;
    Wall read_at{};
    /// Newest first.
    friend bool operator<(const Reading& a, const Reading& b) {
      return std::tie(b.pass, b.read_at) < std::tie(a.pass, a.read_at);
    }
  };
  using Parts = std::map<std::pair<std::string, Reading>, std::vector<Row>>;

  NameId name(std::string_view text) { return names_->intern(text); }

  std::shared_ptr<const TopicBlock> block(const std::string& topic, const Parts& parts) const {
    const Names& names = *names_;
    auto made = std::make_shared<TopicBlock>();
    made->topic = names_->intern(topic);
    for (const auto& [key, rows] : parts) {
      const auto& [group, reading] = key;
      Part part;
      part.group = names_->intern(group);
      part.pass = reading.pass;
      part.read_at = reading.read_at;
      part.first = static_cast<std::uint32_t>(made->rows.size());
      part.count = static_cast<std::uint32_t>(rows.size());
      part.incomplete = std::find(incomplete_.begin(), incomplete_.end(), std::pair(topic, group)) != incomplete_.end();
      made->parts.push_back(part);
      made->rows.insert(made->rows.end(), rows.begin(), rows.end());
      std::sort(made->rows.begin() + part.first, made->rows.end(), [&names](const Row& a, const Row& b) {
        return std::pair(names[a.broker], a.queue) < std::pair(names[b.broker], b.queue);
      });
    }
    return made;
  }

  Snapshot fields_;
  Reading reading_;
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
  std::map<std::string, Parts> readings_;
  std::vector<std::pair<std::string, std::string>> incomplete_;
};

}  // namespace rmqlag::test
