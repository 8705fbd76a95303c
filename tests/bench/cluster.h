// cluster.h: a made-up cluster of any size, as the console's answers about it. Names, client ids and numbers look like those of the
// recordings in tests/captures. Used by the benchmarks: stand_in.cc serves the answers, micro.cc decodes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rmqlag::bench {

struct ClusterShape {
  int topics = 4'000;
  int groups = 1;   ///< a topic; ten neighbouring topics have the same ones, and every fifth group is offline
  int brokers = 2;  ///< a topic
  int queues = 6;   ///< a topic and broker
  int clients = 3;  ///< a group

  std::int64_t rows() const { return std::int64_t{1} * topics * groups * brokers * queues; }
};

/// What the console says to one question. `target`: path and query, as it is asked.
struct Answer {
  std::string target;
  std::string body;
};

/// All that a collection asks, in the order of a first pass: login, NameServer, topics, each topic, groups.
std::vector<Answer> answers_about(const ClusterShape& shape);

/// The path and query of a topic's lag.
std::string target_of_topic(const std::string& topic);

/// What the console says to everything else.
std::string refusal();

}  // namespace rmqlag::bench
