// cluster.cc: answers as a dashboard 2.1.0 gives them (cluster.h).
#include "cluster.h"

#include <string_view>

namespace rmqlag::bench {
namespace {

constexpr int topics_with_the_same_groups = 10;
constexpr std::int64_t some_time = 1'795'352'255'246;

/// "billing-07", always as long, so that sizes grow with the number of names alone.
std::string name(std::string_view stem, int number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 5 - std::min<std::size_t>(digits.size(), 5), '0');
  return std::string(stem) + "-" + digits;
}

std::string topic_name(int topic) { return name("orders", topic); }

std::string broker_name(int broker) { return std::string("broker-") + static_cast<char>('a' + broker % 26); }

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string envelope(std::string_view data) { return R"({"status":0,"data":)" + std::string(data) + R"(,"errMsg":null})"; }

/// Appends the items, with commas between them.
template <class Item>
void join(std::string& out, int count, Item item) {
  for (int i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    item(out, i);
  }
}

class Cluster {
 public:
  explicit Cluster(const ClusterShape& shape) : shape_(shape) {}

  std::string topic_list() const {
    std::string list = R"({"topicList":[)";
    join(list, shape_.topics, [](std::string& out, int topic) { out += quoted(topic_name(topic)); });
    return envelope(list + R"(],"brokerAddr":null})");
  }

  std::string consumers_of(int topic) const {
    std::string groups = "{";
    join(groups, shape_.groups, [&](std::string& out, int member) { append_pair(out, topic, member); });
    return envelope(groups + '}');
  }

  std::string group_list() const {
    std::string list = "[";
    const int sets = (shape_.topics + topics_with_the_same_groups - 1) / topics_with_the_same_groups;
    join(list, sets * shape_.groups, [&](std::string& out, int number) {
      const bool online = !is_offline(number);
      out += R"({"group":)" + quoted(name("billing", number)) + R"(,"version":"V5_3_3","count":)" +
             std::to_string(online ? shape_.clients : 0) + R"(,"consumeType":"CONSUME_PASSIVELY","messageModel":)" +
             (online ? R"("CLUSTERING")" : "null") +
             R"(,"address":["10.0.0.1:10911"],"consumeTps":7,"diffTotal":8,"subGroupType":"NORMAL",)" +
             R"("updateTime":"2026-11-22T12:45:56.345+00:00"})";
    });
    return envelope(list + ']');
  }

 private:
  static bool is_offline(int group) { return group % 5 == 4; }

  void append_pair(std::string& out, int topic, int member) const {
    const int group = topic / topics_with_the_same_groups * shape_.groups + member;
    out += quoted(name("billing", group)) + R"(:{"topic":)" + quoted(topic_name(topic)) + R"(,"diffTotal":940,"lastTimestamp":)" +
           std::to_string(some_time) + R"(,"queueStatInfoList":[)";
    join(out, shape_.brokers * shape_.queues, [&](std::string& list, int queue) { append_queue(list, topic, group, queue); });
    out += "]}";
  }

  void append_queue(std::string& out, int topic, int group, int queue) const {
    const std::int64_t broker_offset = 120'000'000 + 9'973 * std::int64_t{topic} + queue;
    const std::int64_t lag = (7 * queue + topic) % 13;  // some queues have none
    out += R"({"brokerName":)" + quoted(broker_name(queue / shape_.queues)) + R"(,"queueId":)" + std::to_string(queue % shape_.queues) +
           R"(,"brokerOffset":)" + std::to_string(broker_offset) + R"(,"consumerOffset":)" + std::to_string(broker_offset - lag) +
           R"(,"clientInfo":)" + client_of(group, queue) + R"(,"lastTimestamp":)" + std::to_string(some_time - 1'000 * lag) + '}';
  }

  /// Clients get neighbouring queues, as RocketMQ's default strategy gives them.
  std::string client_of(int group, int queue) const {
    if (is_offline(group)) return "null";
    const int client = queue * shape_.clients / (shape_.brokers * shape_.queues);
    return "\"10.0." + std::to_string(group % 256) + '.' + std::to_string(client) + '@' + std::to_string(5'000 + group / 256) + '#' +
           std::to_string(7'000'000'000'000 + group) + '"';
  }

  ClusterShape shape_;
};

}  // namespace

std::vector<Answer> answers_about(const ClusterShape& shape) {
  const Cluster cluster(shape);
  std::vector<Answer> answers;
  answers.push_back({"/login/check.query", envelope(R"({"loginRequired":false,"logined":false})")});
  answers.push_back({"/ops/homePage.query", envelope(R"({"useVIPChannel":false,"namesvrAddrList":["10.0.0.1:9876"],)"
                                                     R"("currentNamesrv":"10.0.0.1:9876","useTLS":false})")});
  answers.push_back({"/topic/list.query", cluster.topic_list()});
  for (int topic = 0; topic < shape.topics; ++topic) answers.push_back({target_of_topic(topic_name(topic)), cluster.consumers_of(topic)});
  answers.push_back({"/consumer/groupList.query", cluster.group_list()});
  return answers;
}

std::string target_of_topic(const std::string& topic) { return "/topic/queryConsumerByTopic.query?topic=" + topic; }

std::string refusal() { return R"({"status":-1,"data":null,"errMsg":"the stand-in does not know this"})"; }

}  // namespace rmqlag::bench
