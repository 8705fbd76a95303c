// snapshot_view.h: short questions to a snapshot, by name. Used by tests that look at what a collection says.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "rmqlag/lag.h"

namespace rmqlag::test {

inline std::string name_of(const Snapshot& snapshot, NameId id) { return std::string((*snapshot.names)[id]); }

/// Every row of a pair, whoever read it.
inline std::vector<Row> rows_of(const Snapshot& snapshot, const std::string& topic, const std::string& group) {
  std::vector<Row> rows;
  for (const auto& block : snapshot.blocks)
    for (const Part& part : block->parts)
      if (name_of(snapshot, block->topic) == topic && name_of(snapshot, part.group) == group)
        rows.insert(rows.end(), block->rows.begin() + part.first, block->rows.begin() + part.first + part.count);
  return rows;
}

/// The parts of a pair.
inline std::vector<Part> parts_of(const Snapshot& snapshot, const std::string& topic, const std::string& group) {
  std::vector<Part> parts;
  for (const auto& block : snapshot.blocks)
    for (const Part& part : block->parts)
      if (name_of(snapshot, block->topic) == topic && name_of(snapshot, part.group) == group) parts.push_back(part);
  return parts;
}

/// The sum of the raw diffs; none where the pair has no rows.
inline std::optional<std::int64_t> diff_of(const Snapshot& snapshot, const std::string& topic, const std::string& group) {
  const auto rows = rows_of(snapshot, topic, group);
  if (rows.empty()) return std::nullopt;
  std::int64_t sum = 0;
  for (const Row& row : rows) sum += diff(row);
  return sum;
}

/// Why the pair is unknown ("" = it is not). An empty group stands for the whole topic.
inline std::string unknown_of(const Snapshot& snapshot, const std::string& topic, const std::string& group = "") {
  for (const Unknown& unknown : snapshot.unknown)
    if (name_of(snapshot, unknown.topic) == topic && name_of(snapshot, unknown.group) == group) return std::string(to_string(unknown.reason));
  return "";
}

/// Why the pair was left out ("" = it was not).
inline std::string skipped_of(const Snapshot& snapshot, const std::string& topic, const std::string& group) {
  for (const Skipped& skipped : snapshot.skipped)
    if (name_of(snapshot, skipped.topic) == topic && name_of(snapshot, skipped.group) == group) return std::string(to_string(skipped.reason));
  return "";
}

}  // namespace rmqlag::test
