// snapshot_builder.cc: snapshots for tests, made row by row (snapshot_builder.h).
#include "support/snapshot_builder.h"

#include <algorithm>

namespace rmqlag::test {

SnapshotBuilder::SnapshotBuilder() {
  fields_.pass = 42;
  fields_.started = wall(1'700'000'000'000);
  fields_.ended = wall(1'700'000'002'500);
  fields_.outcome = Outcome::complete;
  reading_ = {fields_.pass, wall(1'700'000'001'000)};
}

SnapshotBuilder& SnapshotBuilder::reading(std::uint64_t pass, Wall read_at) {
  reading_ = {pass, read_at};
  return *this;
}

SnapshotBuilder& SnapshotBuilder::add_row(std::string_view topic, std::string_view group, std::string_view broker, std::int32_t queue,
                                          std::int64_t broker_offset, std::int64_t consumer_offset, std::string_view host,
                                          std::string_view process, std::int64_t last_consumed_ms) {
  const Row row{name(broker), name(host), name(process), queue, broker_offset, consumer_offset, last_consumed_ms};
  readings_[std::string(topic)][{std::string(group), reading_}].push_back(row);
  return *this;
}

SnapshotBuilder& SnapshotBuilder::incomplete(std::string_view topic, std::string_view group) {
  incomplete_.emplace_back(topic, group);
  return *this;
}

SnapshotBuilder& SnapshotBuilder::unknown(std::string_view topic, std::string_view group, Reason reason, std::string message) {
  fields_.unknown.push_back({name(topic), name(group), reason, std::move(message)});
  return *this;
}

SnapshotBuilder& SnapshotBuilder::skipped(std::string_view topic, std::string_view group, Skip reason) {
  fields_.skipped.push_back({name(topic), name(group), reason});
  return *this;
}

SnapshotBuilder& SnapshotBuilder::failure(std::string target, Reason reason, std::string message) {
  fields_.failures.push_back({std::move(target), reason, std::move(message)});
  return *this;
}

SnapshotBuilder& SnapshotBuilder::facts(std::string_view group, std::optional<std::int64_t> members, std::optional<bool> broadcast,
                                        std::optional<std::int64_t> duplicate_client_ids) {
  fields_.groups.push_back({name(group), members, broadcast, duplicate_client_ids});
  return *this;
}

SnapshotBuilder& SnapshotBuilder::broker(std::string_view broker, std::optional<bool> up, std::int64_t regressions) {
  fields_.brokers.push_back({name(broker), up, regressions});
  return *this;
}

SnapshotBuilder& SnapshotBuilder::dead_letters(std::string_view group, std::int64_t messages) {
  fields_.dead_letters.push_back({name(group), messages});
  return *this;
}

Snapshot SnapshotBuilder::build() const {
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

std::shared_ptr<const TopicBlock> SnapshotBuilder::block(const std::string& topic, const Parts& parts) const {
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

}  // namespace rmqlag::test
