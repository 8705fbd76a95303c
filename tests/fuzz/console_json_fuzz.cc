// console_json_fuzz.cc: no bytes make a decoder of console_json.h crash, read what is not there, or complain in more than one line; and rows
// that are taken whole, as they are written without blanks, are those that are read member by member.
// A libFuzzer target; where there is no libFuzzer, replay_main.cc runs it over its corpus as a test.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rmqlag/console_json.h"

namespace {

/// Writes down all that it is shown, so that a sanitizer sees a view that points nowhere.
class Transcript : public rmqlag::TopicConsumersSink {
 public:
  void begin(std::string_view name) override { words.append("\nbegin ").append(name); }
  void queue(const rmqlag::QueueOffsets& queue) override {
    words.append("\nqueue ").append(queue.broker).append(1, ' ').append(queue.client_id.value_or("none"));
    for (const std::int64_t number : {std::int64_t{queue.queue}, queue.broker_offset, queue.consumer_offset, queue.last_consumed_ms}) {
      words.append(1, ' ').append(std::to_string(number));
    }
  }

  std::string words;
};

template <class T>
void check(const rmqlag::Expected<T>& result) {
  if (result) return;
  const std::string_view message = result.error().message;
  const bool one_line = std::ranges::none_of(message, [](unsigned char c) { return c < 0x20; });
  if (message.empty() || !one_line) std::abort();
}

/// The same value with a blank in each object.
std::string with_blanks(std::string_view json) {
  std::string text;
  bool in_string = false, escaped = false;
  for (const char c : json) {
    text += c;
    if (c == '{' && !in_string) text += ' ';
    if (c == '"' && !escaped) in_string = !in_string;
    escaped = c == '\\' && in_string && !escaped;
  }
  return text;
}

template <class Decode>
void check_rows(std::string_view json, Decode decode) {
  Transcript sink, sink_of_other;
  const auto result = decode(json, sink);
  check(result);
  const bool same = !result || (decode(with_blanks(json), sink_of_other) && sink.words == sink_of_other.words);
  if (!same) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  check(rmqlag::decode_topic_list(json));
  check_rows(json, rmqlag::decode_consumers_by_topic);
  check_rows(json, rmqlag::decode_topics_by_consumer);
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
