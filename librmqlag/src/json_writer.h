// json_writer.h: writes JSON into a string. The one place that includes RapidJSON's writer. Private; used by lag_json, HAR, the session's login.
// Strings that are not UTF-8 are repaired. Integers stay integers. The caller keeps to the order begin/key/value/end; debug builds check it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rmqlag::internal {

class JsonWriter {
 public:
  /// Appends to `out`. Compact, on one line.
  explicit JsonWriter(std::string& out);
  ~JsonWriter();
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& real(double value);     ///< shortest; not finite: null
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw_number(std::string_view text);  ///< a JSON number as it was read
  // key and value at once
  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).string(value); }
  JsonWriter& member(std::string_view name, std::int64_t value) { return key(name).integer(value); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rmqlag::internal
