// scope.cc: which topics are read for lag (scope.h).
#include "scope.h"

#include <algorithm>
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

bool in_scope(std::string_view topic, const CollectOptions& options) {
  if (is_system_topic(topic)) return false;
  // What the user names literally is wanted, whatever kind it is.
  const bool literal = options.topics.literal_names().has_value();
  if (!literal && (is_dlq_topic(topic) || (is_retry_topic(topic) && !options.retry_topics))) return false;
  return options.topics.wants(topic);
}

}  // namespace rmqlag::internal
