// scope.cc: which topics are read for lag (scope.h).
#include "scope.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace rmqlag::internal {

bool is_system_topic(std::string_view topic) {
  constexpr std::string_view names[] = {
      "TBW102",
      "SCHEDULE_TOPIC_XXXX",
      "BenchmarkTest",
      "RMQ_SYS_TRANS_HALF_TOPIC",
      "RMQ_SYS_TRACE_TOPIC",
      "RMQ_SYS_TRANS_OP_HALF_TOPIC",
      "TRANS_CHECK_MAX_TIME_TOPIC",
      "SELF_TEST_TOPIC",
      "OFFSET_MOVED_EVENT",
      "CHECKPOINT_TOPIC",
  };
  return topic.starts_with("%SYS%") || topic.starts_with("rmq_sys_") || std::find(std::begin(names), std::end(names), topic) != std::end(names);
}

int shard_of(std::string_view topic, int shards) {
  // FNV-1a of the name, then a finalizer that mixes in the shard. Frozen: exporters of different versions must agree.
  std::uint64_t name = 14695981039346656037U;
  for (const char c : topic) name = (name ^ static_cast<unsigned char>(c)) * 1099511628211U;
  int best = 1;
  std::uint64_t highest = 0;
  for (int shard = 1; shard <= shards; ++shard) {
    std::uint64_t hash = name + static_cast<std::uint64_t>(shard) * 0x9E3779B97F4A7C15U;
    hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBU;
    hash ^= hash >> 31;
    if (hash > highest) {
      highest = hash;
      best = shard;
    }
  }
  return best;
}

bool in_scope(std::string_view topic, const CollectOptions& options) {
  if (is_system_topic(topic)) return false;
  // What the user names literally is wanted, whatever kind it is.
  const bool literal = options.topics.literal_names().has_value();
  if (!literal && (is_dlq_topic(topic) || (is_retry_topic(topic) && !options.retry_topics))) return false;
  return options.topics.wants(topic) && (options.shards == 1 || shard_of(topic, options.shards) == options.shard);
}

}  // namespace rmqlag::internal
