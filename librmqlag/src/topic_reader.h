// topic_reader.h: from a streamed answer to rows. Private; used by the collector, one reader an answer.
#pragma once

#include <string>
#include <vector>

#include "name_table.h"
#include "rmqlag/console_model.h"
#include "rmqlag/lag.h"

namespace rmqlag::internal {

/// One (topic, group) of an answer. `name` is the group where a topic was asked, the topic where a group was.
struct Reading {
  NameId name = 0;
  std::vector<Row> rows;  ///< by (broker name, queue); each queue once
  int duplicates = 0;     ///< queues that the answer held more than once
};

/// Collects an answer. Several answers may go through one reader (a group asked at each broker): equal names are joined.
class TopicReader : public TopicConsumersSink {
 public:
  explicit TopicReader(NameTable& names) : names_(names) {}

  void begin(std::string_view name) override;
  void queue(const QueueOffsets& offsets) override;

  /// What was read, by name, rows sorted and merged. The reader is empty afterwards.
  std::vector<Reading> take();

 private:
  NameTable& names_;
  std::vector<Reading> readings_;
  std::size_t current_ = 0;
  // Neighbouring rows mostly share broker and owner: remembering the last ones saves most look-ups.
  std::string last_broker_, last_client_;
  NameId last_broker_id_ = 0, last_host_ = 0, last_process_ = 0;
};

/// Sorts rows by (broker name, queue) and merges those of one queue into the one that is further on. How many were merged.
int sort_and_merge(std::vector<Row>& rows, const NameTable& names);

}  // namespace rmqlag::internal
