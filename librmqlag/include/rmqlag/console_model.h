// console_model.h: the console's answers as plain data, one struct an answer.
// Used by console_json.h (which fills them), the session and the collector. No invariants; "absent" is std::optional, never 0.
// The lag itself is not here: it is streamed into a TopicConsumersSink, so that no copy of all rows is ever built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/export.h"

namespace rmqlag {

/// topic/list: names as the console shows them ("%SYS%" before system topics from G1 on), in no order.
struct TopicList {
  std::vector<std::string> topics;
};

/// One queue of a group: offsets as the console gives them. Views are valid during the call that hands it over.
struct QueueOffsets {
  std::string_view broker;
  std::int32_t queue = 0;
  std::int64_t broker_offset = 0;    ///< the offset the next message will get
  std::int64_t consumer_offset = 0;  ///< the group's committed position; "never" comes as 0
  std::optional<std::string_view> client_id;  ///< raw: may carry secrets, see client_id.h; none = owner not known
  std::int64_t last_consumed_ms = 0;  ///< store time of the last consumed message; 0 = none or not known
};

/// Takes topic/queryConsumerByTopic and consumer/queryTopicByConsumer as they are read.
class RMQLAG_EXPORT TopicConsumersSink {
 public:
  virtual ~TopicConsumersSink();
  /// A (topic, group) begins; its queues follow. A group without queues is followed by none.
  /// By topic: `name` is the group. By group: `name` is the topic.
  virtual void begin(std::string_view name) = 0;
  virtual void queue(const QueueOffsets&) = 0;
};

/// consumer/groupList (an item) and consumer/group.
struct GroupInfo {
  std::string group;
  std::optional<std::int64_t> members;     ///< clients online; 0 does not prove that nobody consumes (gRPC)
  std::optional<bool> broadcast;           ///< none where the console says null (offline)
  std::optional<std::int64_t> diff_total;  ///< -1 = the console does not know
  std::vector<std::string> addresses;      ///< broker addresses, without repetition; from G3 on, only in the list
  bool has_address_member = false;         ///< the answer knows the member `address` at all: G3 or later
  bool has_update_time_member = false;     ///< ... `updateTime`: G4 or later
};

/// consumer/consumerConnection.
struct ConsumerConnection {
  struct Client {
    std::string client_id;  ///< raw: never to be shown
    std::string address;    ///< "ip:port" as the broker sees it
  };
  std::vector<Client> clients;
  std::vector<std::string> subscribed_topics;
  std::optional<bool> broadcast;
};

/// cluster/list: the brokers and where their masters are.
struct ClusterList {
  struct Broker {
    std::string name, cluster;
    std::string master_address;  ///< "ip:port"; empty where the cluster shows no master
  };
  std::vector<Broker> brokers;
};

/// ops/homePage.
struct HomePage {
  std::optional<std::string> current_namesrv;  ///< from G3 on
};

/// login/check.
struct LoginCheck {
  bool required = false;
  bool logged_in = false;
};

/// rocketmq-dashboard/csrf-token (G5).
struct CsrfToken {
  std::string token, header_name;
};

/// topic/stats, summed over the queues.
struct TopicStats {
  std::int64_t messages = 0;  ///< sum of max offset - min offset
};

}  // namespace rmqlag
