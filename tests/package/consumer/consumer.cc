// consumer.cc: somebody else's program, built with rmqlag, installed or as a subproject. Used by check_consumer.py.
// Prints the version and the lag of one recorded topic as JSON; fails where a number is not what it must be.
#include <rmqlag/rmqlag.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace {

constexpr std::string_view recording = R"har({"log": {"version": "1.2", "entries": [
  {"startedDateTime": "2026-01-01T00:00:00.000Z", "time": 5,
   "request": {"method": "GET", "url": "http://console:8080/topic/list.query"},
   "response": {"status": 200, "content": {"text": "{\"status\":0,\"data\":{\"topicList\":[\"orders\"]},\"errMsg\":null}"}}},
  {"startedDateTime": "2026-01-01T00:00:00.010Z", "time": 5,
   "request": {"method": "GET", "url": "http://console:8080/topic/queryConsumerByTopic.query?topic=orders"},
   "response": {"status": 200, "content": {"text": "{\"status\":0,\"data\":{\"billing\":{\"topic\":\"orders\",\"diffTotal\":20,\"lastTimestamp\":0,)har"
                                       R"har(\"queueStatInfoList\":[{\"brokerName\":\"broker-a\",\"queueId\":0,\"brokerOffset\":120,\"consumerOffset\":100,\"clientInfo\":\"10.0.0.8@2211\",\"lastTimestamp\":0}]}},\"errMsg\":null}"}}}
]}})har";

int fail(const std::string& message) {
  std::cerr << "consumer: " << message << '\n';
  return 1;
}

}  // namespace

int main() {
  if (rmqlag::version() != RMQLAG_VERSION) return fail("the library is " + std::string(rmqlag::version()) + ", its headers " RMQLAG_VERSION);

  auto replay = rmqlag::HarReplay::parse("inline", recording);
  if (!replay) return fail(replay.error().message);
  auto config = rmqlag::finalize({.url = (*replay)->base_url(), .username = {}, .password = {}, .headers = {}, .basic_auth = {}});
  if (!config) return fail(config.error().message);
  auto source = rmqlag::make_console_source(*std::move(config), {}, *std::move(replay));
  if (!source) return fail(source.error().message);
  const auto snapshot = (*source)->collect({});

  std::cout << rmqlag::version() << '\n' << rmqlag::lag_json(*snapshot, {}) << '\n';
  const auto totals = rmqlag::aggregate(*snapshot, rmqlag::by::topic);
  return totals.size() == 1 && totals.front().lag == 20 ? 0 : fail("the lag must be 20");
}
