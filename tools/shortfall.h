// shortfall.h: what a snapshot lacks, in a few words: for warnings and the log. Used by dump, record and serve.
#pragma once

#include <cstdint>
#include <string>

#include "rmqlag/lag.h"

namespace rmqlag::tools {

/// Groups that do not subscribe a topic do not count: that is how healthy clusters look.
struct Shortfall {
  std::int64_t topics = 0;  ///< unknown as a whole
  std::int64_t pairs = 0;   ///< unknown (topic, group)s, and groups under no topic
  std::string first;        ///< the first thing that went wrong: "topic list: connection refused"

  /// "2 topics and 1 pair are not known (topic list: connection refused)".
  std::string text() const;
};

Shortfall shortfall(const Snapshot& snapshot);

}  // namespace rmqlag::tools
