// scope.h: which topics are read for lag. Private; used by collector.cc and judge.cc.
#pragma once

#include <string_view>

#include "rmqlag/collector.h"

namespace rmqlag::internal {

/// A topic of RocketMQ itself, by name or prefix: consoles before G1 do not mark them, later ones not all.
bool is_system_topic(std::string_view topic);

inline bool is_retry_topic(std::string_view topic) { return topic.starts_with("%RETRY%"); }
inline bool is_dlq_topic(std::string_view topic) { return topic.starts_with("%DLQ%"); }

/// The shard, from 1, that the topic falls to (rendezvous hashing: the shard whose hash with the name is highest).
int shard_of(std::string_view topic, int shards);

/// Whether the lag of this topic is wanted at all, and here.
bool in_scope(std::string_view topic, const CollectOptions& options);

}  // namespace rmqlag::internal
