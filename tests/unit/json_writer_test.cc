// json_writer_test.cc: what json_writer.h writes, byte by byte.
#include "json_writer.h"

#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.h"

using rmqlag::internal::JsonWriter;

namespace {

std::string written_string(std::string_view value) {
  std::string out;
  JsonWriter(out).string(value);
  return out;
}

std::string written_real(double value) {
  std::string out;
  JsonWriter(out).real(value);
  return out;
}

}  // namespace

TEST_CASE("json_writer: a document is compact and keeps the caller's order") {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("b", "x").member("a", std::int64_t{-1});
  json.key("list").begin_array().null().boolean(true).boolean(false).begin_object().end_object().begin_array().end_array().end_array();
  json.key("").raw_number("1.50E+7");
  json.end_object();
  CHECK(out == R"({"b":"x","a":-1,"list":[null,true,false,{},[]],"":1.50E+7})");
}

TEST_CASE("json_writer: what is there stays in front") {
  std::string out = "data: ";
  JsonWriter(out).begin_array().end_array();
  CHECK(out == "data: []");
}

TEST_CASE("json_writer: integers stay integers to the last digit") {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const std::int64_t value : {std::int64_t{0}, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    json.integer(value);
  }
  json.end_array();
  CHECK(out == "[0,-9223372036854775808,9223372036854775807]");
}

TEST_CASE("json_writer: reals are short, and null where they are not finite") {
  CHECK(written_real(0.1) == "0.1");
  CHECK(written_real(-2.5) == "-2.5");
  CHECK(written_real(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(written_real(std::numeric_limits<double>::infinity()) == "null");
  CHECK(written_real(-std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("json_writer: strings are escaped, and repaired where they are not UTF-8") {
  CHECK(written_string({}) == "\"\"");
  CHECK(written_string("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(written_string("\b\f\n\r\t\x01\x1F\x7F") == "\"\\b\\f\\n\\r\\t\\u0001\\u001F\x7F\"");
  CHECK(written_string(std::string_view("a\0b", 3)) == R"("a\u0000b")");
  CHECK(written_string("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") == "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  CHECK(written_string("a\xFF\"") == "\"a\xEF\xBF\xBD\\\"\"");

  std::string out;
  JsonWriter(out).begin_object().member("\xFF", "\xFE").end_object();
  CHECK(out == "{\"\xEF\xBF\xBD\":\"\xEF\xBF\xBD\"}");
}
