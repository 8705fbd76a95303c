// json_writer.cc: RapidJSON's writer, appending to a std::string, behind JsonWriter (json_writer.h).
// The only file that includes RapidJSON's writer. Used by lag_json, HAR and the session's login.
#include "json_writer.h"

#include <rapidjson/writer.h>

#include <cmath>

#include "number_text.h"
#include "utf8.h"

namespace rmqlag::internal {
namespace {

/// An output stream in RapidJSON's sense.
struct StringSink {
  using Ch = char;
  void Put(char byte) { out.push_back(byte); }
  void Flush() {}

  std::string& out;
};

}  // namespace

struct JsonWriter::Impl {
  explicit Impl(std::string& out) : stream{out}, writer(stream) {}

  StringSink stream;
  rapidjson::Writer<StringSink> writer;
};

JsonWriter::JsonWriter(std::string& out) : impl_(std::make_unique<Impl>(out)) {}
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::begin_object() {
  impl_->writer.StartObject();
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  impl_->writer.EndObject();
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  impl_->writer.StartArray();
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  impl_->writer.EndArray();
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) { return string(name); }  // RapidJSON knows which is due

JsonWriter& JsonWriter::string(std::string_view value) {
  if (!is_utf8(value)) {
    std::string repaired;
    append_utf8(repaired, value);
    return string(repaired);
  }
  // RapidJSON asserts that the pointer is not null, which that of an empty view may be.
  impl_->writer.String(value.empty() ? "" : value.data(), static_cast<rapidjson::SizeType>(value.size()));
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  impl_->writer.Int64(value);
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  if (!std::isfinite(value)) return null();
  std::string text;
  append_double(text, value);
  return raw_number(text);
}

JsonWriter& JsonWriter::boolean(bool value) {
  impl_->writer.Bool(value);
  return *this;
}

JsonWriter& JsonWriter::null() {
  impl_->writer.Null();
  return *this;
}

JsonWriter& JsonWriter::raw_number(std::string_view text) {
  impl_->writer.RawValue(text.data(), text.size(), rapidjson::kNumberType);
  return *this;
}

}  // namespace rmqlag::internal
