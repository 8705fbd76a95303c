// json_reader_fuzz.cc: on any bytes, our walk through JSON (json_reader.h) sees what RapidJSON's own reader sees, or both see that it is none.
// A libFuzzer target; where there is no libFuzzer, replay_main.cc runs it over its corpus as a test.
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "json_reader.h"

namespace {

using rmqlag::internal::JsonEnd;

/// The events of a text, one after the other.
class Transcript {
 public:
  bool add(char kind, std::string_view text = {}) {
    words_.append(1, kind).append(text).append(1, '\0');
    return true;
  }
  const std::string& words() const { return words_; }

 private:
  std::string words_;
};

class Ours : public rmqlag::internal::JsonEvents {
 public:
  bool null() override { return seen.add('0'); }
  bool boolean(bool value) override { return seen.add(value ? 't' : 'f'); }
  bool integer(std::int64_t value) override { return seen.add('i', std::to_string(value)); }
  bool number(std::string_view) override { return seen.add('n'); }
  bool string(std::string_view value) override { return seen.add('s', value); }
  bool begin_object() override { return seen.add('{'); }
  bool key(std::string_view name) override { return seen.add('k', name); }
  bool end_object() override { return seen.add('}'); }
  bool begin_array() override { return seen.add('['); }
  bool end_array() override { return seen.add(']'); }

  Transcript seen;
};

class Theirs {
 public:
  bool Null() { return seen.add('0'); }
  bool Bool(bool value) { return seen.add(value ? 't' : 'f'); }
  bool Int(int value) { return Int64(value); }
  bool Uint(unsigned value) { return Int64(value); }
  bool Int64(std::int64_t value) { return seen.add('i', std::to_string(value)); }
  bool Uint64(std::uint64_t value) {
    return value <= std::numeric_limits<std::int64_t>::max() ? Int64(static_cast<std::int64_t>(value)) : seen.add('n');
  }
  bool Double(double) { return seen.add('n'); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return seen.add('n'); }
  bool String(const char* text, rapidjson::SizeType size, bool) { return seen.add('s', {text, size}); }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return seen.add('k', {text, size}); }
  bool StartObject() { return deeper() && seen.add('{'); }
  bool EndObject(rapidjson::SizeType) { return --depth_, seen.add('}'); }
  bool StartArray() { return deeper() && seen.add('['); }
  bool EndArray(rapidjson::SizeType) { return --depth_, seen.add(']'); }

  Transcript seen;

 private:
  bool deeper() { return depth_++ < rmqlag::internal::json_depth_limit; }

  int depth_ = 0;
};

/// RapidJSON takes a NUL for the end and half a surrogate for a character, and knows no byte order mark.
bool is_for_both(std::string_view text) {
  return text.find('\0') == text.npos && text.find("\\ud") == text.npos && text.find("\\uD") == text.npos && !text.starts_with("\xEF");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Ours ours;
  const JsonEnd end = rmqlag::internal::read_json(text, ours);
  if (end.kind == JsonEnd::Kind::stopped || end.offset > size) std::abort();
  if (!is_for_both(text)) return 0;

  Theirs theirs;
  rapidjson::MemoryStream stream(text.data(), text.size());
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  const bool valid = !rapidjson::Reader().Parse<flags>(stream, theirs).IsError();
  if (valid != (end.kind == JsonEnd::Kind::complete) || (valid && ours.seen.words() != theirs.seen.words())) {
    std::fprintf(stderr, "seen otherwise than by RapidJSON: %.*s\n", static_cast<int>(size < 200 ? size : 200), text.data());
    std::abort();
  }
  return 0;
}
