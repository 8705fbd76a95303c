// console_json_fuzz.cc: no bytes make a decoder of console_json.h crash, read what is not there, or complain in more than one line.
// A libFuzzer target; where there is no libFuzzer, replay_main.cc runs it over its corpus as a test.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rmqlag/console_json.h"

namespace {

/// Reads every byte it is shown, so that a sanitizer sees a view that points nowhere.
class ReadingSink : public rmqlag::TopicConsumersSink {
 public:
  void begin(std::string_view name) override { read(name); }
  void queue(const rmqlag::QueueOffsets& queue) override {
    read(queue.broker);
    read(queue.client_id.value_or(""));
  }

 private:
  void read(std::string_view text) { seen_ = static_cast<std::size_t>(std::ranges::count(text, 'a')); }

  volatile std::size_t seen_ = 0;
};

template <class T>
void check(const rmqlag::Expected<T>& result) {
  if (result) return;
  const std::string_view message = result.error().message;
  const bool one_line = std::ranges::none_of(message, [](unsigned char c) { return c < 0x20; });
  if (message.empty() || !one_line) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  ReadingSink sink;
  check(rmqlag::decode_topic_list(json));
  check(rmqlag::decode_consumers_by_topic(json, sink));
  check(rmqlag::decode_topics_by_consumer(json, sink));
  check(rmqlag::decode_group_list(json));
  check(rmqlag::decode_group(json));
  check(rmqlag::decode_consumer_connection(json));
  check(rmqlag::decode_cluster_list(json));
  check(rmqlag::decode_home_page(json));
  check(rmqlag::decode_login_check(json));
  check(rmqlag::decode_csrf_token(json));
  check(rmqlag::decode_topic_stats(json));
  check(rmqlag::decode_login(json));
  rmqlag::is_studio_envelope(json);
  return 0;
}
