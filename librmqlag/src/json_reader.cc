// json_reader.cc: RapidJSON's iterative reader, made safe for any input, behind JsonEvents (json_reader.h).
// The only file that includes RapidJSON's reader. Used by console_json and HAR.
#include "json_reader.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <limits>

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

/// Turns RapidJSON's events, whose names and types are its own, into ours.
class Adaptor {
 public:
  Adaptor(JsonEvents& events, const rapidjson::MemoryStream& stream, int depth_limit)
      : events_(events), stream_(stream), depth_left_(depth_limit) {}

  bool too_deep() const { return too_deep_; }

  bool Null() { return events_.null(); }
  bool Bool(bool value) { return events_.boolean(value); }
  bool Int(int value) { return events_.integer(value); }
  bool Uint(unsigned value) { return events_.integer(value); }
  bool Int64(std::int64_t value) { return events_.integer(value); }
  bool Uint64(std::uint64_t value) {
    return value <= std::numeric_limits<std::int64_t>::max() ? events_.integer(static_cast<std::int64_t>(value))
                                                             : events_.number(number_just_read());
  }
  bool Double(double) { return events_.number(number_just_read()); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return events_.number({text, size}); }  // wanted, but never called
  bool String(const char* text, rapidjson::SizeType size, bool) { return events_.string({text, size}); }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return events_.key({text, size}); }
  bool StartObject() { return descend() && events_.begin_object(); }
  bool EndObject(rapidjson::SizeType) { return ascend() && events_.end_object(); }
  bool StartArray() { return descend() && events_.begin_array(); }
  bool EndArray(rapidjson::SizeType) { return ascend() && events_.end_array(); }

 private:
  bool descend() {
    too_deep_ = depth_left_ == 0;
    --depth_left_;
    return !too_deep_;
  }
  bool ascend() {
    ++depth_left_;
    return true;
  }

  /// As written. The stream stands behind the number, and what stands before a number cannot be part of one.
  std::string_view number_just_read() const {
    const std::string_view read(stream_.begin_, stream_.Tell());
    return read.substr(read.find_last_not_of("+-.0123456789Ee") + 1);
  }

  JsonEvents& events_;
  const rapidjson::MemoryStream& stream_;
  int depth_left_;
  bool too_deep_ = false;
};

const char* in_words(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
      return "no value";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "more text after the value";
    case rapidjson::kParseErrorObjectMissName:
      return "a member's name is missing";
    case rapidjson::kParseErrorObjectMissColon:
      return "':' is missing after a member's name";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "',' or '}' is missing";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "',' or ']' is missing";
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

std::size_t size_of_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? mark.size() : 0;
}

}  // namespace

JsonEnd read_json(std::string_view text, JsonEvents& events, int depth_limit) {
  using Kind = JsonEnd::Kind;
  // RapidJSON counts bytes and members in 32 bits.
  if (text.size() > std::numeric_limits<rapidjson::SizeType>::max()) return {Kind::invalid, 0, "the text is too long"};

  const std::size_t skipped = size_of_byte_order_mark(text);
  rapidjson::MemoryStream stream(text.data() + skipped, text.size() - skipped);
  Adaptor adaptor(events, stream, depth_limit);
  rapidjson::GenericReader<SurrogateFreeUtf8, SurrogateFreeUtf8> reader;
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  const rapidjson::ParseResult result = reader.Parse<flags>(stream, adaptor);

  if (adaptor.too_deep()) return {Kind::invalid, result.Offset() + skipped, "nested too deeply"};
  if (result.Code() == rapidjson::kParseErrorTermination) return {Kind::stopped, result.Offset() + skipped};
  if (result.IsError()) return {Kind::invalid, result.Offset() + skipped, in_words(result.Code())};
  // A NUL byte is the end of the text to RapidJSON.
  const std::size_t end = stream.Tell() + skipped;
  if (end != text.size()) return {Kind::invalid, end, "more text after the value"};
  return {Kind::complete, end};
}

}  // namespace rmqlag::internal
