// own_transport.cc: an agent that has an HTTP client of its own gives it to librmqlag, which then needs no libcurl.
// The client here answers from memory, so that the example needs no network; replace `AgentClient::get` by a call of yours.
#include <rmqlag/rmqlag.h>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace {

/// Stands for the agent's HTTP client: blocking, one request at a time.
class AgentClient {
 public:
  struct Answer {
    int status = 0;  // 0: nobody answered
    std::string body;
  };

  Answer get(const std::string& url, std::chrono::milliseconds /*timeout*/) {
    ++requests_;
    const auto found = answers_.find(url);
    return found == answers_.end() ? Answer{404, ""} : Answer{200, found->second};
  }
  int requests() const { return requests_; }

 private:
  int requests_ = 0;
  std::map<std::string, std::string> answers_{
      {"http://console:8080/topic/list.query", R"({"status":0,"data":{"topicList":["orders","payments"]}})"},
      {"http://console:8080/topic/queryConsumerByTopic.query?topic=orders", R"({"status":0,"data":{"billing":{"topic":"orders","diffTotal":20,
          "queueStatInfoList":[{"brokerName":"broker-a","queueId":0,"brokerOffset":120,"consumerOffset":100,"clientInfo":"10.0.0.8@2211",
          "lastTimestamp":1767225600000}]}}})"},
      {"http://console:8080/topic/queryConsumerByTopic.query?topic=payments", R"({"status":-1,"data":null,"errMsg":"connect failed"})"},
  };
};

/// The agent's client in the words of librmqlag: any HTTP status is an answer; what is none is an error of the transport.
rmqlag::Expected<rmqlag::HttpResponse> send(AgentClient& client, const rmqlag::HttpRequest& request, std::chrono::milliseconds timeout) {
  const AgentClient::Answer answer = client.get(request.url, timeout);
  if (answer.status == 0) return rmqlag::Error{rmqlag::ErrorCode::refused, "nobody answers at " + request.url};
  return rmqlag::HttpResponse{answer.status, {}, answer.body};
}

}  // namespace

int main() {
  AgentClient client;
  auto transport = rmqlag::blocking([&client](const auto& request, auto timeout) { return send(client, request, timeout); });

  rmqlag::ConsoleConfig config;
  config.url = "http://console:8080";
  auto console = rmqlag::finalize(config);
  if (!console) {
    std::cerr << "own_transport: " << console.error().message << '\n';
    return 1;
  }
  auto source = rmqlag::make_console_source(*std::move(console), {}, std::move(transport));
  if (!source) {
    std::cerr << "own_transport: " << source.error().message << '\n';
    return 1;
  }

  // What a pass could not read is data, not an error: "payments" is told as unknown, beside the lag of "orders".
  const auto snapshot = (*source)->collect({});
  std::cout << rmqlag::lag_csv(*snapshot, {}) << client.requests() << " requests by the agent's own client\n";
  return snapshot->outcome == rmqlag::Outcome::failed ? 2 : 0;
}
