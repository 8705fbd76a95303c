// har_fuzz.cc: no bytes make the replay of a HAR file crash, turn its clock back, or complain in more than one line.
// A libFuzzer target; where there is no libFuzzer, replay_main.cc runs it over its corpus as a test.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rmqlag/har.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const rmqlag::Error& error) {
  require(!error.message.empty());
  require(std::ranges::none_of(error.message, [](unsigned char c) { return c < 0x20; }));
}

void ask(rmqlag::HarReplay& replay, const std::string& method, const std::string& path) {
  const rmqlag::Now before = replay.now();
  replay.start(1, {method, replay.base_url() + path, {}, {}}, std::chrono::seconds(1));
  const auto end = replay.wait(before.steady, {});
  require(end && end->id == 1);
  if (!end->result) check(end->result.error());
  const rmqlag::Now after = replay.now();
  require(after.steady >= before.steady && after.wall >= before.wall);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = rmqlag::HarReplay::parse("input", {reinterpret_cast<const char*>(data), size});
  if (!parsed) {
    check(parsed.error());
    return 0;
  }
  rmqlag::HarReplay& replay = **parsed;
  for (int pass = 0; pass < 2; ++pass) {
    replay.begin_collection();
    ask(replay, "GET", "/login/check.query");
    ask(replay, "GET", "/topic/list.query");
    ask(replay, "POST", "/login/login.do");
    ask(replay, "GET", "/topic/list.query?skipSysProcess=true");
    ask(replay, "GET", "/topic/queryConsumerByTopic.query?topic=orders");
    ask(replay, "GET", "/topic/queryConsumerByTopic.query?topic=orders");
    ask(replay, "GET", "/topic/queryConsumerByTopic.query?topic=a%25b");
    ask(replay, "GET", "/consumer/queryTopicByConsumer.query?address=10.0.0.1:10911&consumerGroup=g");
    require(!replay.wait(replay.now().steady + std::chrono::seconds(1), {}));
  }
  return 0;
}
