// json_reader_test.cc: the events of json_reader.h, and how it ends on texts that are not JSON.
#include "json_reader.h"

#include <string>
#include <vector>

#include "support/catch.h"

using rmqlag::internal::JsonEnd;
using rmqlag::internal::JsonEvents;
using rmqlag::internal::read_json;
using Kind = rmqlag::internal::JsonEnd::Kind;

namespace {

/// Writes every event down as one word.
class Transcript : public JsonEvents {
 public:
  bool null() override { return add("null"); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  bool integer(std::int64_t value) override { return add("i" + std::to_string(value)); }
  bool number(std::string_view text) override { return add("n" + std::string(text)); }
  bool string(std::string_view value) override { return add("'" + std::string(value) + "'"); }
  bool begin_object() override { return add("{"); }
  bool key(std::string_view name) override { return add(std::string(name) + ":"); }
  bool end_object() override { return add("}"); }
  bool begin_array() override { return add("["); }
  bool end_array() override { return add("]"); }

  std::string words;
  std::string stop_at = "never";

 protected:
  bool add(const std::string& word) {
    if (!words.empty()) words += ' ';
    words += word;
    return word != stop_at;
  }
};

/// Takes objects that are written like one without their events, as many as there are side by side: "+2" for two.
class Taker : public Transcript {
 public:
  std::size_t plain_elements(std::string_view rest) override {
    constexpr std::string_view plain = R"({"p":1})";
    std::size_t end = 0;
    int taken = 0;
    for (std::size_t begin = 0; rest.substr(begin).starts_with(plain); begin = end + 1) {
      end = begin + plain.size();
      ++taken;
      if (!rest.substr(end).starts_with(',')) break;
    }
    add("+" + std::to_string(taken));
    return end;
  }
};

std::string events_of(std::string_view json) {
  Transcript transcript;
  const JsonEnd end = read_json(json, transcript);
  INFO(json);
  INFO(end.what);
  CHECK(end.kind == Kind::complete);
  CHECK(end.offset == json.size());
  return transcript.words;
}

JsonEnd end_of(std::string_view json) {
  Transcript transcript;
  return read_json(json, transcript);
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("json_reader: events come in document order") {
  CHECK(events_of(R"( {"a": [1, true, null, "x"], "b": {"c": false}, "a": {}} )") ==
        "{ a: [ i1 true null 'x' ] b: { c: false } a: { } }");
  CHECK(events_of("[]") == "[ ]");
  CHECK(events_of("7") == "i7");
  CHECK(events_of("\"\"") == "''");
  CHECK(events_of("\xEF\xBB\xBF{}") == "{ }");
}

TEST_CASE("json_reader: a number is an integer only where it fits and is written as one") {
  struct Case {
    std::string json, events;
  };
  const auto c = GENERATE(values<Case>({
      {"0", "i0"},
      {"-0", "i0"},
      {"2147483647", "i2147483647"},
      {"-2147483648", "i-2147483648"},
      {"4294967295", "i4294967295"},
      {"4294967296", "i4294967296"},
      {"9223372036854775807", "i9223372036854775807"},
      {"-9223372036854775808", "i-9223372036854775808"},
      {"9223372036854775808", "n9223372036854775808"},
      {"18446744073709551615", "n18446744073709551615"},
      {"18446744073709551616", "n18446744073709551616"},
      {"-9223372036854775809", "n-9223372036854775809"},
      {"-0.0", "n-0.0"},
      {"1.0", "n1.0"},
      {"1e3", "n1e3"},
      {"-1.50E+07", "n-1.50E+07"},
      {"1e-400", "n1e-400"},
  }));
  CHECK(events_of(c.json) == c.events);
  CHECK(events_of("[" + c.json + "]") == "[ " + c.events + " ]");
  CHECK(events_of("[1,\t" + c.json + " ,2]") == "[ i1 " + c.events + " i2 ]");
  CHECK(events_of("{\"1e\":" + c.json + "}") == "{ 1e: " + c.events + " }");
}

TEST_CASE("json_reader: strings are unescaped and may hold NUL") {
  CHECK(events_of(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac")") == "'\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC'");
  CHECK(events_of(R"("\ud83d\ude00")") == "'\xF0\x9F\x98\x80'");
  CHECK(events_of(R"(["a\u0000b"])") == std::string("[ 'a\0b' ]", 9));
  CHECK(events_of(R"("\udc00!")") == "'\xEF\xBF\xBD!'");
}

TEST_CASE("json_reader: what is not one JSON value is invalid, and the offset says where") {
  struct Case {
    std::string json;
    std::size_t offset;
    std::string what;
  };
  const auto c = GENERATE(values<Case>({
      {"", 0, "no value"},
      {" \n\t ", 4, "no value"},
      {"\xEF\xBB\xBF", 3, "no value"},
      {"{} {}", 3, "more text after the value"},
      {std::string("{}\0", 3), 2, "more text after the value"},
      {std::string("{}\0garbage", 10), 2, "more text after the value"},
      {std::string("\0", 1), 0, "an invalid value"},
      {std::string("[1,\0]", 5), 3, "an invalid value"},
      {std::string("[\"a\0\"]", 6), 3, "a string does not end"},
      {"<html>", 0, "an invalid value"},
      {"{\"a\":1", 6, "',' or '}' is missing"},
      {"{\"a\"", 4, "':' is missing after a member's name"},
      {"{\"a", 3, "a string does not end"},
      {"{", 1, "a member's name is missing"},
      {"{\"a\":1,}", 7, "a member's name is missing"},
      {"{1:2}", 1, "a member's name is missing"},
      {"[1 2]", 3, "',' or ']' is missing"},
      {"[1,]", 3, "an invalid value"},
      {"nul", 3, "an invalid value"},
      {"NaN", 0, "an invalid value"},
      {"+1", 0, "an invalid value"},
      {"01", 1, "more text after the value"},
      {"1.", 2, "a number does not end"},
      {"1e", 2, "a number does not end"},
      {"[1e400]", 1, "a number is too big"},
      {"\"a\nb\"", 2, "an invalid escape or a control character in a string"},
      {"\"\\x\"", 1, "an invalid escape or a control character in a string"},
      {"\"\\ud83d!\"", 1, "an invalid escape or a control character in a string"},
      {"\"ab\xFF\"", 3, "invalid UTF-8"},
      {"\"\xC0\x80\"", 1, "invalid UTF-8"},
      {"\"\xED\xA0\x80\"", 1, "invalid UTF-8"},
      {"\"\xF4\x90\x80\x80\"", 1, "invalid UTF-8"},
      {"\"\xE2\x82", 1, "invalid UTF-8"},
      {"{\"\xFF\":1}", 2, "invalid UTF-8"},
      {"\xEF\xBB\xBF[1 2]", 6, "',' or ']' is missing"},
      {"/* no */ 1", 0, "an invalid value"},
  }));
  INFO(c.json);
  const JsonEnd end = end_of(c.json);
  CHECK(end.kind == Kind::invalid);
  CHECK(end.what == c.what);
  CHECK(end.offset == c.offset);
}

TEST_CASE("json_reader: nesting is limited and costs no stack") {
  CHECK(end_of(repeat("[", 64) + repeat("]", 64)).kind == Kind::complete);
  CHECK(end_of("[" + repeat("[],", 100) + "[]]").kind == Kind::complete);
  const auto opening = GENERATE(values<std::string>({"[", "{\"a\":", "[{\"a\":"}));
  const JsonEnd end = end_of(repeat(opening, 100'000));
  CHECK(end.kind == Kind::invalid);
  CHECK(end.what == std::string("nested too deeply"));

  Transcript transcript;
  CHECK(read_json("[[1]]", transcript, 2).kind == Kind::complete);
  CHECK(read_json("[[{}]]", transcript, 2).kind == Kind::invalid);
}

TEST_CASE("json_reader: any event can stop the reading") {
  const auto word = GENERATE(values<std::string>({"null", "true", "i1", "n1.5", "'s'", "{", "a:", "}", "[", "]"}));
  Transcript transcript;
  transcript.stop_at = word;
  const JsonEnd end = read_json(R"({"a":[null,true,1,1.5,"s"]})", transcript);
  CHECK(end.kind == Kind::stopped);
  CHECK((" " + transcript.words).ends_with(" " + word));
}

TEST_CASE("json_reader: objects of an array, and no others, may be taken as they are") {
  struct Case {
    std::string json, words, what;
  };
  const auto c = GENERATE(values<Case>({
      {R"([{"p":1}])", "[ +1 ]", ""},
      {R"([{"p":1},{"p":1},{"a":2},{"p":1},7])", "[ +2 +0 { a: i2 } +1 i7 ]", ""},
      {R"([ {"p":1} ,{"p":1}, {"p": 1},{"p":1}])", "[ +1 +1 +0 { p: i1 } +1 ]", ""},
      {R"({"p":1})", "{ p: i1 }", ""},
      {R"([[{"p":1}],{"a":{"p":1}}])", "[ [ +1 ] +0 { a: { p: i1 } } ]", ""},
      {R"({"a":[{"p":1},{"p":1}],"b":{"p":1}})", "{ a: [ +2 ] b: { p: i1 } }", ""},
      {R"([{"p":1}{"p":1}])", "[ +1", "',' or ']' is missing"},
      {R"([{"p":1},])", "[ +1", "an invalid value"},
      {R"([{"p":1},{"p":1})", "[ +2", "',' or ']' is missing"},
      {R"([[[{"p":1}]]])", "[ [ [ +1 ] ] ]", ""},
      {R"([[[[{"p":1}]]]])", "[ [ [ [", "nested too deeply"},
  }));
  CAPTURE(c.json);
  Taker taker;
  const JsonEnd end = read_json(c.json, taker, 4);
  CHECK(taker.words == c.words);
  CHECK(end.what == c.what);
  CHECK(end.kind == (c.what.empty() ? Kind::complete : Kind::invalid));
}
