// topic_reader.cc: from a streamed answer to rows (topic_reader.h).
#include "topic_reader.h"

#include <algorithm>
#include <utility>

#include "rmqlag/client_id.h"

namespace rmqlag::internal {

void TopicReader::begin(std::string_view name) {
  const NameId id = names_.intern(name);
  const auto known = std::find_if(readings_.begin(), readings_.end(), [&](const Reading& reading) { return reading.name == id; });
  current_ = static_cast<std::size_t>(known - readings_.begin());
  if (known != readings_.end()) return;
  // The groups of a topic mostly have as many queues as each other.
  const std::size_t queues = readings_.empty() ? 0 : readings_.back().rows.size();
  readings_.push_back({id, {}, 0});
  readings_.back().rows.reserve(queues);
}

void TopicReader::queue(const QueueOffsets& offsets) {
  if (offsets.broker != last_broker_) {
    last_broker_ = offsets.broker;
    last_broker_id_ = names_.intern(offsets.broker);
  }
  const std::string_view client = offsets.client_id.value_or(std::string_view());
  if (client != last_client_) {
    last_client_ = client;
    const ClientIdentity identity = parse_client_id(client);
    last_host_ = names_.intern(identity.host);
    last_process_ = names_.intern(identity.process);
  }
  Row row;
  row.broker = last_broker_id_;
  row.host = last_host_;
  row.process = last_process_;
  row.queue = offsets.queue;
  row.broker_offset = offsets.broker_offset;
  row.consumer_offset = offsets.consumer_offset;
  row.last_consumed_ms = offsets.last_consumed_ms;
  readings_[current_].rows.push_back(row);
}

std::vector<Reading> TopicReader::take() {
  for (Reading& reading : readings_) {
    reading.duplicates = sort_and_merge(reading.rows, names_);
    reading.rows.shrink_to_fit();  // they may stand for hours
  }
  std::sort(readings_.begin(), readings_.end(), [&](const Reading& a, const Reading& b) { return names_[a.name] < names_[b.name]; });
  return std::exchange(readings_, {});
}

int sort_and_merge(std::vector<Row>& rows, const NameTable& names) {
  const auto before = [&](const Row& a, const Row& b) {
    return a.broker == b.broker ? a.queue < b.queue : names[a.broker] < names[b.broker];
  };
  // Consoles send them sorted, as a rule.
  if (!std::is_sorted(rows.begin(), rows.end(), before)) std::stable_sort(rows.begin(), rows.end(), before);
  const auto same_queue = [](const Row& a, const Row& b) { return a.broker == b.broker && a.queue == b.queue; };
  const std::size_t read = rows.size();
  std::size_t kept = 0;
  for (const Row& row : rows) {
    if (kept > 0 && same_queue(rows[kept - 1], row)) {
      if (row.broker_offset > rows[kept - 1].broker_offset) rows[kept - 1] = row;
    } else {
      rows[kept++] = row;
    }
  }
  rows.resize(kept);
  return static_cast<int>(read - kept);
}

}  // namespace rmqlag::internal
