// topic_reader.h: from a streamed answer to rows. Private; the collector reads each answer through it, and the judge sees what it made.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "name_table.h"
#include "rmqlag/console_model.h"
#include "rmqlag/lag.h"

namespace rmqlag::internal {

/// One (topic, group) of an answer. `name` is the group where a topic was asked, the topic where a group was.
struct Reading {
  NameId name = 0;
  std::uint32_t first = 0, count = 0;  ///< in Readings::rows
  int duplicates = 0;                  ///< queues that the answer held more than once
  bool owned = false;                  ///< a row has an owner...
  bool unowned = false;                ///< ... a row has none
  bool counts = false;                 ///< a row's broker offset is above 0...
  bool consumed = false;               ///< ... and a consumer offset among those, too
  bool all_at_zero = true;             ///< every consumer offset is 0

  bool empty() const { return count == 0; }
};

/// What was read of a topic, or of a group that was asked for by itself: all rows in one piece.
struct Readings {
  std::vector<Reading> list;  ///< by name
  std::vector<Row> rows;

  std::span<const Row> rows_of(const Reading& reading) const { return std::span(rows).subspan(reading.first, reading.count); }
  /// Adds a reading with these rows, which are by (broker name, queue); those of one queue become the one that is further on.
  Reading& add(NameId name, std::span<const Row> rows_read);
};

/// Collects an answer. Several answers may go through one reader (a group asked at each broker): equal names are joined.
class TopicReader : public TopicConsumersSink {
 public:
  explicit TopicReader(NameTable& names) : names_(names) {}

  void begin(std::string_view name) override;
  void queue(const QueueOffsets& offsets) override;

  /// What was read, by name, rows sorted and merged. The reader is empty afterwards, and keeps its memory for the next answer.
  Readings take();
  /// Forgets what was read.
  void clear();

 private:
  /// The rows of one name that came together.
  struct Run {
    NameId name = 0;
    std::size_t first = 0, count = 0;
  };

  /// Who a client id stands for.
  struct Owner {
    std::string client;
    NameId host = 0, process = 0;
  };

  const Owner& owner_of(std::string_view client);
  std::span<Row> rows_of(const Run& run) { return std::span(rows_).subspan(run.first, run.count); }
  bool has_repeated_names() const;
  void bring_together();
  void sort(std::span<Row> rows) const;

  NameTable& names_;
  std::vector<Run> runs_;
  std::vector<Row> rows_;
  // Neighbouring rows mostly share the broker, and a few clients hold many queues: remembering them saves most look-ups.
  std::string last_broker_;
  NameId last_broker_id_ = 0;
  std::array<Owner, 64> owners_;  // by the hash of the client id: one drives out another
  std::size_t last_owner_ = 0;
};

}  // namespace rmqlag::internal
