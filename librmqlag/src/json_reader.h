// json_reader.h: reads JSON as a stream of events. The one place that includes RapidJSON's reader. Private; used by console_json and HAR.
//
// Iterative (no recursion), UTF-8 validated, the whole input must be one value, nesting is limited. Nothing throws.
// A byte order mark in front is skipped; an escaped surrogate without its other half becomes U+FFFD or is invalid;
// numbers beyond a double are invalid.
#pragma once

#include <cstdint>
#include <string_view>

#include "rmqlag/expected.h"

namespace rmqlag::internal {

/// Gets the events in document order. Each returns true to go on; false stops the reading, and `read_json` returns `stopped`.
/// Views are valid during the call.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual bool null() = 0;
  virtual bool boolean(bool value) = 0;
  virtual bool integer(std::int64_t value) = 0;  ///< fits int64, written without fraction or exponent; -0 is 0
  virtual bool number(std::string_view text) = 0;  ///< every other number, as written
  virtual bool string(std::string_view value) = 0;
  virtual bool begin_object() = 0;
  virtual bool key(std::string_view name) = 0;
  virtual bool end_object() = 0;
  virtual bool begin_array() = 0;
  virtual bool end_array() = 0;

  /// Asked where an object begins that is an element of an array: how many bytes of the text, from `rest` on, were taken as elements without
  /// events: objects and the commas between them. 0: none.
  virtual std::size_t plain_elements(std::string_view /*rest*/) { return 0; }
};

/// How the reading of a text ended.
struct JsonEnd {
  enum class Kind : std::uint8_t { complete, stopped, invalid } kind{};
  std::size_t offset = 0;    ///< where in the text, in bytes; stopped: behind the value or name that was not wanted
  const char* what = "";     ///< invalid: what is wrong, in words
};

inline constexpr int json_depth_limit = 64;

JsonEnd read_json(std::string_view text, JsonEvents& events, int depth_limit = json_depth_limit);

}  // namespace rmqlag::internal
