// json_reader.cc: JSON as a stream of events (json_reader.h). Used by console_json and HAR.
//
// The way from value to value is ours, without recursion, and so are plain strings and short integers (plain_json.h), which is nearly all
// that a console's answer holds. RapidJSON's reader reads what is harder, one string, number or literal at a time. The only file that
// includes that reader.
#include "json_reader.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "plain_json.h"
#include "plain_text.h"

namespace rmqlag::internal {
namespace {

/// UTF-8 as RapidJSON's reader wants it, but safer and faster.
struct SurrogateFreeUtf8 : rapidjson::UTF8<> {
  /// RapidJSON lets an escaped low surrogate without its high one ("\udc00") pass, which would come out as invalid UTF-8.
  template <typename Out>
  static void Encode(Out& out, unsigned code_point) {
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    rapidjson::UTF8<>::Encode(out, surrogate ? 0xFFFD : code_point);
  }

  /// Copies the next character of a string if it is valid. Nearly all text is ASCII: of that, all there is up to something else.
  template <typename Out>
    requires requires(Out& out) { out.Push(1); }
  static bool Validate(rapidjson::MemoryStream& in, Out& out) {
    const char* const end = end_of_plain(in.src_, in.end_);
    if (end == in.src_) return rapidjson::UTF8<>::Validate(in, out);
    const auto size = static_cast<rapidjson::SizeType>(end - in.src_);
    std::copy(in.src_, end, static_cast<char*>(out.Push(size)));
    in.src_ = end;
    return true;
  }
  using rapidjson::UTF8<>::Validate;  // RapidJSON's other streams are compiled, too
};

/// Turns RapidJSON's events for a string, number or literal, whose names and types are its own, into ours.
class Adaptor {
 public:
  Adaptor(JsonEvents& events, const rapidjson::MemoryStream& stream, bool is_key) : events_(events), stream_(stream), is_key_(is_key) {}

  bool Null() { return events_.null(); }
  bool Bool(bool value) { return events_.boolean(value); }
  bool Int(int value) { return events_.integer(value); }
  bool Uint(unsigned value) { return events_.integer(value); }
  bool Int64(std::int64_t value) { return events_.integer(value); }
  bool Uint64(std::uint64_t value) {
    return std::in_range<std::int64_t>(value) ? events_.integer(static_cast<std::int64_t>(value)) : events_.number(as_written());
  }
  bool Double(double) { return events_.number(as_written()); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return is_key_ ? events_.key({text, size}) : events_.string({text, size});
  }

  // Wanted, but never called: what RapidJSON reads here is no container.
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool Key(const char*, rapidjson::SizeType, bool) { return false; }
  bool StartObject() { return false; }
  bool EndObject(rapidjson::SizeType) { return false; }
  bool StartArray() { return false; }
  bool EndArray(rapidjson::SizeType) { return false; }

 private:
  std::string_view as_written() const { return {stream_.begin_, stream_.Tell()}; }

  JsonEvents& events_;
  const rapidjson::MemoryStream& stream_;
  bool is_key_;
};

const char* in_words(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "an invalid escape or a control character in a string";
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "a string does not end";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "invalid UTF-8";
    case rapidjson::kParseErrorNumberTooBig:
      return "a number is too big";
    case rapidjson::kParseErrorNumberMissFraction:
    case rapidjson::kParseErrorNumberMissExponent:
      return "a number does not end";
    default:
      return "an invalid value";
  }
}

bool is_blank(char c) { return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t'); }  // hardly ever: one comparison

/// Goes from value to value. Plain ones, which are nearly all there are, it reads by itself.
class Reader {
 public:
  Reader(std::string_view text, JsonEvents& events, int depth_limit)
      : events_(events), begin_(text.data()), text_(text), depth_limit_(static_cast<std::size_t>(depth_limit)) {}

  JsonEnd read() {
    if (!read_all()) return {failed_, offset(), what_};
    return {JsonEnd::Kind::complete, offset()};
  }

 private:
  enum class Container : std::uint8_t { array, object };

  bool read_all() {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    text_.skip(byte_order_mark);
    skip_blanks();
    if (text_.at_end()) return invalid("no value");
    if (!value()) return false;
    while (!open_.empty())
      if (!next_in_container()) return false;
    skip_blanks();
    return text_.at_end() || invalid("more text after the value");
  }

  /// A value, of which a container is mostly only opened.
  bool value() {
    if (text_.at_end()) return invalid("an invalid value");
    switch (text_.next()) {
      case '{': return plain_elements() || open(Container::object);
      case '[': return open(Container::array);
      case '"': return string(false);
      case 'n': return text_.skip("null") ? go_on(events_.null()) : with_rapidjson(false);
      default:
        std::int64_t number = 0;
        return text_.integer(number) ? go_on(events_.integer(number)) : with_rapidjson(false);
    }
  }

  /// The next member of the innermost container, or its end.
  bool next_in_container() {
    const bool object = open_.back() == Container::object;
    skip_blanks();
    if (text_.skip(object ? '}' : ']')) return close();
    if (!std::exchange(just_opened_, false)) {
      if (!text_.skip(',')) return invalid(object ? "',' or '}' is missing" : "',' or ']' is missing");
      skip_blanks();
    }
    return (!object || name()) && value();
  }

  bool name() {
    if (text_.at_end() || text_.next() != '"') return invalid("a member's name is missing");
    if (!string(true)) return false;
    skip_blanks();
    if (!text_.skip(':')) return invalid("':' is missing after a member's name");
    skip_blanks();
    return true;
  }

  bool open(Container container) {
    if (open_.size() == depth_limit_) return invalid("nested too deeply");
    text_.advance(1);
    open_.push_back(container);
    just_opened_ = true;
    return go_on(container == Container::object ? events_.begin_object() : events_.begin_array());
  }

  /// Whether objects of an array were taken as they are.
  bool plain_elements() {
    if (open_.empty() || open_.back() != Container::array || open_.size() == depth_limit_) return false;
    const std::size_t size = events_.plain_elements(text_.rest());
    text_.advance(size);
    return size != 0;
  }

  bool close() {
    const Container container = open_.back();
    open_.pop_back();
    just_opened_ = false;
    return go_on(container == Container::object ? events_.end_object() : events_.end_array());
  }

  bool string(bool is_key) {
    std::string_view plain;
    if (!text_.string(plain)) return with_rapidjson(is_key);
    return go_on(is_key ? events_.key(plain) : events_.string(plain));
  }

  /// Escapes, UTF-8, fractions, long numbers, and what is wrong: a string, number or literal that needs more care.
  bool with_rapidjson(bool is_key) {
    rapidjson::MemoryStream stream(text_.at(), text_.rest().size());
    Adaptor adaptor(events_, stream, is_key);
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseStopWhenDoneFlag;
    const rapidjson::ParseResult result = rapidjson_.Parse<flags>(stream, adaptor);
    const bool invalid_here = result.IsError() && result.Code() != rapidjson::kParseErrorTermination;
    text_.advance(invalid_here ? result.Offset() : stream.Tell());
    if (invalid_here) return invalid(in_words(result.Code()));
    return go_on(!result.IsError());
  }

  bool go_on(bool wanted) {
    if (!wanted) failed_ = JsonEnd::Kind::stopped;
    return wanted;
  }
  bool invalid(const char* what) {
    what_ = what;
    return false;
  }

  void skip_blanks() {
    while (!text_.at_end() && is_blank(text_.next())) text_.advance(1);
  }
  std::size_t offset() const { return static_cast<std::size_t>(text_.at() - begin_); }

  JsonEvents& events_;
  const char* const begin_;
  PlainJson text_;
  const std::size_t depth_limit_;
  std::vector<Container> open_;
  bool just_opened_ = false;  // the innermost container, and nothing has been read in it
  JsonEnd::Kind failed_ = JsonEnd::Kind::invalid;
  const char* what_ = "";
  rapidjson::GenericReader<SurrogateFreeUtf8, SurrogateFreeUtf8> rapidjson_;
};

}  // namespace

JsonEnd read_json(std::string_view text, JsonEvents& events, int depth_limit) {
  // RapidJSON counts bytes in 32 bits.
  if (text.size() > std::numeric_limits<rapidjson::SizeType>::max()) return {JsonEnd::Kind::invalid, 0, "the text is too long"};
  return Reader(text, events, depth_limit).read();
}

}  // namespace rmqlag::internal
