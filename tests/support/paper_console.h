// paper_console.h: a console on paper, with its clock: what the collector asks is answered from a small model of a cluster.
// Used by the tests of the collector; no socket, no sleep. Knobs: the public members; every answer can be replaced by path.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json_writer.h"
#include "rmqlag/collector.h"
#include "rmqlag/console.h"
#include "rmqlag/session.h"
#include "support/catch.h"
#include "url.h"

namespace rmqlag::test {

using internal::JsonWriter;

struct PaperQueue {
  std::string broker;
  int queue = 0;
  std::int64_t broker_offset = 0, consumer_offset = 0;
  std::optional<std::string> client;
  std::int64_t last_consumed_ms = 0;
};

struct PaperGroup {
  std::optional<std::int64_t> members = 1;
  std::optional<std::string> model = "CLUSTERING";
  std::int64_t diff_total = 0;
  std::vector<std::string> subscribes;  // what consumerConnection shows
  std::vector<std::pair<std::string, std::string>> clients;  // id, address
};

class PaperConsole {
 public:
  // ---- the cluster ----
  std::map<std::string, std::map<std::string, std::vector<PaperQueue>>> topics;  // topic -> group -> queues
  std::vector<std::string> more_topics;      // in the list only
  std::map<std::string, PaperGroup> groups;  // the group list
  std::map<std::string, std::map<std::string, std::vector<PaperQueue>>> by_consumer;  // group -> topic -> queues: queryTopicByConsumer
  std::optional<std::string> namesrv = "10.0.0.2:9876";  // none: before G3
  std::vector<std::string> addresses = {"10.0.0.3:10911"};
  bool login_required = false;

  // ---- what goes wrong ----
  /// By path and decoded query below the context path ("/topic/list.query"): stands in for the model's answer. None: never answered.
  using Answer = std::function<std::optional<Expected<HttpResponse>>()>;
  std::map<std::string, Answer> instead;

  // ---- the clock ----
  Now now{Steady() + std::chrono::hours(1), Wall(std::chrono::milliseconds(1'795'352'000'000))};
  std::chrono::milliseconds latency{10};
  void advance(std::chrono::milliseconds by) {
    now.steady += by;
    now.wall += by;
  }

  // ---- what was asked ----
  std::vector<std::string> asked;
  int most_in_flight = 0;
  int times_asked(const std::string& path) const { return static_cast<int>(std::count(asked.begin(), asked.end(), path)); }
  int times_asked_prefix(const std::string& path) const {
    return static_cast<int>(std::count_if(asked.begin(), asked.end(), [&](const std::string& url) { return url.starts_with(path); }));
  }

  // ---- one pass ----
  CollectOptions options;
  HeldSlots slots;
  std::chrono::milliseconds deadline{60'000};
  std::shared_ptr<const Snapshot> last;
  ConsoleConfig config{"http://console:8080", "", "", {}, ""};

  const Snapshot& pass() {
    if (!session_) session_ = std::make_unique<Session>(*finalize(config));
    asked.clear();
    most_in_flight = 0;
    const Steady end = now.steady + deadline;
    Collector collector(*session_, slots, options, last, end, now);
    std::deque<std::pair<std::uint64_t, Expected<HttpResponse>>> answers;
    int in_flight = 0;
    while (true) {
      auto step = collector.next(now);
      if (std::holds_alternative<Done>(step)) break;
      if (auto* send = std::get_if<Send>(&step)) {
        const std::string url = internal::percent_decode(send->request.url.substr(std::string("http://console:8080").size()));
        asked.push_back(url);
        REQUIRE(send->timeout <= std::chrono::ceil<std::chrono::milliseconds>(end - now.steady));
        most_in_flight = std::max(most_in_flight, ++in_flight);
        if (auto answer = answer_to(url, send->request)) answers.push_back({send->id, std::move(*answer)});
        continue;
      }
      const Steady until = std::get<WaitUntil>(step).until;
      if (answers.empty()) {
        REQUIRE(until != Steady::max());
        advance(std::chrono::ceil<std::chrono::milliseconds>(std::max(until - now.steady, Steady::duration::zero())));
        continue;
      }
      advance(latency);
      --in_flight;
      collector.answer(answers.front().first, std::move(answers.front().second), now);
      answers.pop_front();
    }
    last = std::move(collector).finish(now);
    return *last;
  }

  // ---- answers to put into `instead` ----
  static Answer ok(std::string body) {
    return [body = std::move(body)] { return std::optional(Expected<HttpResponse>(HttpResponse{200, {}, body})); };
  }
  static Answer http(int status, std::string body, std::vector<Header> headers = {}) {
    return [=] { return std::optional(Expected<HttpResponse>(HttpResponse{status, headers, body})); };
  }
  static Answer status_error(std::string message) {
    return [=] { return std::optional(Expected<HttpResponse>(HttpResponse{200, {}, envelope_error(message)})); };
  }
  static Answer fails(ErrorCode code, std::string message = "it broke") {
    return [=] { return std::optional(Expected<HttpResponse>(Error{code, message})); };
  }
  static Answer never() {
    return [] { return std::optional<Expected<HttpResponse>>(); };
  }
  /// The first answers in turn, the last again and again.
  static Answer in_turn(std::vector<Answer> answers) {
    return [answers, next = std::make_shared<std::size_t>(0)] { return answers[std::min((*next)++, answers.size() - 1)](); };
  }
  /// The model's own answer, for use within `in_turn`.
  Answer model(std::string url) {
    return [this, url] { return std::optional(Expected<HttpResponse>(HttpResponse{200, {}, model_answer(url)})); };
  }

 private:
  static std::string envelope(const std::function<void(JsonWriter&)>& data) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("status", std::int64_t{0}).key("data");
    data(json);
    json.key("errMsg").null().end_object();
    return out;
  }
  static std::string envelope_error(const std::string& message) {
    std::string out;
    JsonWriter(out).begin_object().member("status", std::int64_t{-1}).key("data").null().member("errMsg", message).end_object();
    return out;
  }

  std::optional<Expected<HttpResponse>> answer_to(const std::string& url, const HttpRequest& request) {
    if (const auto found = instead.find(url); found != instead.end()) return found->second();
    (void)request;
    return Expected<HttpResponse>(HttpResponse{200, {}, model_answer(url)});
  }

  static std::string parameter(const std::string& url, const std::string& name) {
    const auto begin = url.find(name + "=");
    if (begin == std::string::npos) return {};
    const std::string rest = url.substr(begin + name.size() + 1);
    const auto end = rest.find("&address=");
    return rest.substr(0, end);
  }

  std::string model_answer(const std::string& url) {
    const std::string path = url.substr(0, url.find('?'));
    if (path == "/login/check.query")
      return envelope([&](JsonWriter& json) { json.begin_object().key("loginRequired").boolean(login_required).key("logined").boolean(false).end_object(); });
    if (path == "/ops/homePage.query") return home_page();
    if (path == "/topic/list.query") return topic_list();
    if (path == "/topic/queryConsumerByTopic.query") return consumers(topics[parameter(url, "topic")]);
    if (path == "/consumer/groupList.query") return group_list();
    if (path == "/consumer/group.query") return envelope([&](JsonWriter& json) { group(json, parameter(url, "consumerGroup")); });
    if (path == "/consumer/queryTopicByConsumer.query") return topics_of(parameter(url, "consumerGroup"));
    if (path == "/consumer/consumerConnection.query") return connection(parameter(url, "consumerGroup"));
    if (path == "/cluster/list.query") return cluster();
    if (path == "/topic/stats.query")
      return R"({"status":0,"data":{"offsetTable":{"MessageQueue [topic=t, brokerName=a, queueId=0]":{"minOffset":2,"maxOffset":9}}},"errMsg":null})";
    return envelope_error("CODE: 1 no such thing on paper: " + path);
  }

  std::string home_page() {
    return envelope([&](JsonWriter& json) {
      json.begin_object().key("namesvrAddrList").begin_array().string("10.0.0.2:9876").end_array();
      if (namesrv) json.member("currentNamesrv", *namesrv);
      json.end_object();
    });
  }

  std::string topic_list() {
    return envelope([&](JsonWriter& json) {
      json.begin_object().key("topicList").begin_array().string("%SYS%TBW102");
      for (const auto& [topic, groups_of] : topics) json.string(topic);
      for (const auto& topic : more_topics) json.string(topic);
      json.end_array().key("brokerAddr").null().end_object();
    });
  }

  static void stat_list(JsonWriter& json, const std::vector<PaperQueue>& queues) {
    json.begin_array();
    for (const PaperQueue& queue : queues) {
      json.begin_object().member("brokerName", queue.broker).member("queueId", std::int64_t{queue.queue});
      json.member("brokerOffset", queue.broker_offset).member("consumerOffset", queue.consumer_offset).key("clientInfo");
      queue.client ? json.string(*queue.client) : json.null();
      json.member("lastTimestamp", queue.last_consumed_ms).end_object();
    }
    json.end_array();
  }

  static std::string consumers(const std::map<std::string, std::vector<PaperQueue>>& groups_of) {
    return envelope([&](JsonWriter& json) {
      json.begin_object();
      for (const auto& [group_name, queues] : groups_of) {
        json.key(group_name).begin_object().key("queueStatInfoList");
        stat_list(json, queues);
        json.end_object();
      }
      json.end_object();
    });
  }

  std::string topics_of(const std::string& name) {
    return envelope([&](JsonWriter& json) {
      json.begin_array();
      for (const auto& [topic, queues] : by_consumer[name]) {
        json.begin_object().member("topic", topic).key("queueStatInfoList");
        stat_list(json, queues);
        json.end_object();
      }
      json.end_array();
    });
  }

  void group(JsonWriter& json, const std::string& name) {
    const auto found = groups.find(name);
    json.begin_object().member("group", name);
    if (found == groups.end()) {
      json.member("count", std::int64_t{0}).member("diffTotal", std::int64_t{-1}).key("messageModel").null().end_object();
      return;
    }
    json.key("count");
    found->second.members ? json.integer(*found->second.members) : json.null();
    json.key("messageModel");
    found->second.model ? json.string(*found->second.model) : json.null();
    json.member("diffTotal", found->second.diff_total).end_object();
  }

  std::string group_list() {
    return envelope([&](JsonWriter& json) {
      json.begin_array();
      for (const auto& [name, info] : groups) {
        json.begin_object().member("group", name).member("count", info.members.value_or(0)).key("messageModel");
        info.model ? json.string(*info.model) : json.null();
        json.member("diffTotal", info.diff_total);
        if (namesrv) {
          json.key("address").begin_array();
          for (const auto& address : addresses) json.string(address);
          json.end_array();
        }
        json.end_object();
      }
      json.end_array();
    });
  }

  std::string connection(const std::string& name) {
    const auto found = groups.find(name);
    if (found == groups.end() || found->second.members == 0) return envelope_error("CODE: 206  DESC: the consumer group[" + name + "] not online");
    return envelope([&](JsonWriter& json) {
      json.begin_object().key("connectionSet").begin_array();
      for (const auto& [id, address] : found->second.clients)
        json.begin_object().member("clientId", id).member("clientAddr", address).end_object();
      json.end_array().key("subscriptionTable").begin_object();
      for (const auto& topic : found->second.subscribes) json.key(topic).begin_object().end_object();
      json.end_object().end_object();
    });
  }

  std::string cluster() {
    return envelope([&](JsonWriter& json) {
      json.begin_object().key("clusterInfo").begin_object().key("brokerAddrTable").begin_object();
      int number = 0;
      for (const auto& address : addresses) {
        json.key("broker-" + std::to_string(number++)).begin_object().member("cluster", "C").key("brokerAddrs").begin_object();
        json.member("0", address).end_object().end_object();
      }
      json.end_object().end_object().end_object();
    });
  }

  std::unique_ptr<Session> session_;
};

}  // namespace rmqlag::test
