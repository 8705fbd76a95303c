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
  SnapshotBuilder();

  /// Rows added from here on were read in `pass` at `read_at`. They are carried over unless that is the snapshot's own pass.
  SnapshotBuilder& reading(std::uint64_t pass, Wall read_at);

  SnapshotBuilder& add_row(std::string_view topic, std::string_view group, std::string_view broker, std::int32_t queue,
                           std::int64_t broker_offset, std::int64_t consumer_offset, std::string_view host = {},
                           std::string_view process = {}, std::int64_t last_consumed_ms = 0);

  /// Marks all parts of a pair as incomplete.
  SnapshotBuilder& incomplete(std::string_view topic, std::string_view group);

  /// An empty group: the whole topic. An empty topic: a group under no topic.
  SnapshotBuilder& unknown(std::string_view topic, std::string_view group, Reason reason, std::string message = {});

  SnapshotBuilder& skipped(std::string_view topic, std::string_view group, Skip reason);

  SnapshotBuilder& failure(std::string target, Reason reason, std::string message = {});

  SnapshotBuilder& facts(std::string_view group, std::optional<std::int64_t> members, std::optional<bool> broadcast = {},
                         std::optional<std::int64_t> duplicate_client_ids = {});

  SnapshotBuilder& broker(std::string_view broker, std::optional<bool> up, std::int64_t regressions = 0);

  SnapshotBuilder& dead_letters(std::string_view group, std::int64_t messages);

  /// For the plain members: builder.fields().url = "http://console:8080".
  Snapshot& fields() { return fields_; }

  Snapshot build() const;

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
  std::shared_ptr<const TopicBlock> block(const std::string& topic, const Parts& parts) const;

  Snapshot fields_;
  Reading reading_;
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
  std::map<std::string, Parts> readings_;
  std::vector<std::pair<std::string, std::string>> incomplete_;
};

}  // namespace rmqlag::test
