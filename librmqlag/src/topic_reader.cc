// topic_reader.cc: from a streamed answer to rows (topic_reader.h).
#include "topic_reader.h"

#include <algorithm>
#include <functional>

#include "rmqlag/client_id.h"

namespace rmqlag::internal {

Reading& Readings::add(NameId name, std::span<const Row> rows_read) {
  Reading reading;
  reading.name = name;
  reading.first = static_cast<std::uint32_t>(rows.size());
  for (const Row& row : rows_read) {
    const bool again = rows.size() > reading.first && rows.back().broker == row.broker && rows.back().queue == row.queue;
    if (!again) {
      rows.push_back(row);
    } else {
      ++reading.duplicates;
      if (row.broker_offset > rows.back().broker_offset) rows.back() = row;
    }
  }
  reading.count = static_cast<std::uint32_t>(rows.size() - reading.first);
  for (const Row& row : rows_of(reading)) {
    (row.owned() ? reading.owned : reading.unowned) = true;
    reading.all_at_zero &= row.consumer_offset == 0;
    reading.counts |= row.broker_offset > 0;
    reading.consumed |= row.broker_offset > 0 && row.consumer_offset != 0;
  }
  return list.emplace_back(reading);
}

void TopicReader::begin(std::string_view name) { runs_.push_back({names_.intern(name), rows_.size(), 0}); }

void TopicReader::queue(const QueueOffsets& offsets) {
  if (offsets.broker != last_broker_) {
    last_broker_ = offsets.broker;
    last_broker_id_ = names_.intern(offsets.broker);
  }
  const Owner& owner = owner_of(offsets.client_id.value_or(std::string_view()));
  Row& row = rows_.emplace_back();
  row.broker = last_broker_id_;
  row.host = owner.host;
  row.process = owner.process;
  row.queue = offsets.queue;
  row.broker_offset = offsets.broker_offset;
  row.consumer_offset = offsets.consumer_offset;
  row.last_consumed_ms = offsets.last_consumed_ms;
  ++runs_.back().count;
}

const TopicReader::Owner& TopicReader::owner_of(std::string_view client) {
  if (owners_[last_owner_].client == client) return owners_[last_owner_];
  last_owner_ = std::hash<std::string_view>{}(client) % owners_.size();
  Owner& owner = owners_[last_owner_];
  if (owner.client != client) {
    const ClientIdentity identity = parse_client_id(client);
    owner.client = client;
    owner.host = names_.intern(identity.host);
    owner.process = names_.intern(identity.process);
  }
  return owner;
}

Readings TopicReader::take() {
  const auto before = [&](const Run& a, const Run& b) { return a.name != b.name && names_[a.name] < names_[b.name]; };
  std::stable_sort(runs_.begin(), runs_.end(), before);
  if (has_repeated_names()) bring_together();
  Readings readings;
  readings.list.reserve(runs_.size());
  readings.rows.reserve(rows_.size());  // they may stand for hours: not a byte more
  for (const Run& run : runs_) {
    sort(rows_of(run));
    readings.add(run.name, rows_of(run));
  }
  clear();
  return readings;
}

void TopicReader::clear() {
  runs_.clear();
  rows_.clear();
}

bool TopicReader::has_repeated_names() const {
  return std::adjacent_find(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.name == b.name; }) != runs_.end();
}

/// Lays the rows of each name side by side, in one run.
void TopicReader::bring_together() {
  std::vector<Row> rows;
  std::vector<Run> runs;
  rows.reserve(rows_.size());
  for (const Run& run : runs_) {
    if (runs.empty() || runs.back().name != run.name) runs.push_back({run.name, rows.size(), 0});
    const std::span<const Row> more = rows_of(run);
    rows.insert(rows.end(), more.begin(), more.end());
    runs.back().count += run.count;
  }
  rows_ = std::move(rows);
  runs_ = std::move(runs);
}

/// By (broker name, queue). Consoles send them sorted, as a rule.
void TopicReader::sort(std::span<Row> rows) const {
  const auto before = [&](const Row& a, const Row& b) {
    return a.broker == b.broker ? a.queue < b.queue : names_[a.broker] < names_[b.broker];
  };
  if (!std::is_sorted(rows.begin(), rows.end(), before)) std::stable_sort(rows.begin(), rows.end(), before);
}

}  // namespace rmqlag::internal
