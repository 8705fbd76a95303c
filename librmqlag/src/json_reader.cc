// json_reader.cc: JSON as a stream of events (json_reader.h). Used by console_json and HAR.
//
// The way from value to value is ours, without recursion, and so are plain strings and short integers, which is nearly all that a console's
// answer holds. RapidJSON's reader reads what is harder, one string, number or literal at a time. The only file that includes that reader.
#include "json_reader.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "ascii.h"
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

std::uint64_t load_eight(const char* text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  return bytes;
}

/// Whether eight characters are digits: the upper half of each is 3, also if 6 is added.
bool are_digits(const char* eight) {
  constexpr std::uint64_t upper_halves = 0xF0F0F0F0F0F0F0F0, threes = 0x3030303030303030, sixes = 0x0606060606060606;
  const std::uint64_t bytes = load_eight(eight);
  return (bytes & upper_halves) == threes && ((bytes + sixes) & upper_halves) == threes;
}

/// What eight digits mean. Neighbours become pairs, pairs fours, fours the whole, each step at once for all.
std::int64_t number_of_eight(const char* digits) {
  if constexpr (std::endian::native != std::endian::little) {
    std::int64_t value = 0;
    for (int i = 0; i < 8; ++i) value = 10 * value + (digits[i] - '0');
    return value;
  }
  std::uint64_t value = load_eight(digits) & 0x0F0F0F0F0F0F0F0F;
  value = (value * (10 * 0x100 + 1) >> 8) & 0x00FF00FF00FF00FF;
  value = (value * (100 * 0x10000 + 1) >> 16) & 0x0000FFFF0000FFFF;
  value = value * (10'000 * 0x1'0000'0000 + 1) >> 32;
  return static_cast<std::int64_t>(value);
}

/// Goes from value to value. Plain strings and integers of usual length, which is nearly all there is, it reads by itself.
class Reader {
 public:
  Reader(std::string_view text, JsonEvents& events, int depth_limit)
      : events_(events),
        begin_(text.data()),
        end_(begin_ + text.size()),
        at_(begin_),
        depth_limit_(static_cast<std::size_t>(depth_limit)) {}

  JsonEnd read() {
    if (!read_all()) return {failed_, offset(), what_};
    return {JsonEnd::Kind::complete, offset()};
  }

 private:
  enum class Container : std::uint8_t { array, object };

  bool read_all() {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (rest().starts_with(byte_order_mark)) at_ += byte_order_mark.size();
    skip_blanks();
    if (at_ == end_) return invalid("no value");
    if (!value()) return false;
    while (!open_.empty())
      if (!next_in_container()) return false;
    skip_blanks();
    return at_ == end_ || invalid("more text after the value");
  }

  /// A value, of which a container is only opened.
  bool value() {
    if (at_ == end_) return invalid("an invalid value");
    switch (*at_) {
      case '{': return open(Container::object);
      case '[': return open(Container::array);
      case '"': return text(false);
      default: return number_or_literal();
    }
  }

  /// The next member of the innermost container, or its end.
  bool next_in_container() {
    const bool object = open_.back() == Container::object;
    skip_blanks();
    if (is_next(object ? '}' : ']')) return close();
    if (!std::exchange(just_opened_, false)) {
      if (!is_next(',')) return invalid(object ? "',' or '}' is missing" : "',' or ']' is missing");
      ++at_;
      skip_blanks();
    }
    return (!object || name()) && value();
  }

  bool name() {
    if (!is_next('"')) return invalid("a member's name is missing");
    if (!text(true)) return false;
    skip_blanks();
    if (!is_next(':')) return invalid("':' is missing after a member's name");
    ++at_;
    skip_blanks();
    return true;
  }

  bool open(Container container) {
    if (open_.size() == depth_limit_) return invalid("nested too deeply");
    ++at_;
    open_.push_back(container);
    just_opened_ = true;
    return go_on(container == Container::object ? events_.begin_object() : events_.begin_array());
  }

  bool close() {
    ++at_;
    const Container container = open_.back();
    open_.pop_back();
    just_opened_ = false;
    return go_on(container == Container::object ? events_.end_object() : events_.end_array());
  }

  bool text(bool is_key) {
    const char* const begin = at_ + 1;
    const char* const end = end_of_plain(begin, end_);
    if (end == end_ || *end != '"') return with_rapidjson(is_key);
    at_ = end + 1;
    const std::string_view plain(begin, static_cast<std::size_t>(end - begin));
    return go_on(is_key ? events_.key(plain) : events_.string(plain));
  }

  bool number_or_literal() {
    constexpr std::string_view null = "null";
    if (rest().starts_with(null)) {
      at_ += null.size();
      return go_on(events_.null());
    }
    constexpr std::ptrdiff_t digits_that_fit = 18;
    const bool negative = *at_ == '-';
    const char* const first = negative ? at_ + 1 : at_;
    const char* end = first;
    std::int64_t value = 0;
    while (end_ - end >= 8 && end - first <= digits_that_fit - 8 && are_digits(end)) {
      value = 100'000'000 * value + number_of_eight(end);
      end += 8;
    }
    while (end != end_ && is_digit(*end) && end - first < digits_that_fit) value = 10 * value + (*end++ - '0');
    const bool is_usual = end != first && (*first != '0' || end - first == 1) && (end == end_ || !continues_number(*end));
    if (!is_usual) return with_rapidjson(false);
    at_ = end;
    return go_on(events_.integer(negative ? -value : value));
  }

  static bool continues_number(char c) { return is_digit(c) || c == '.' || c == 'e' || c == 'E'; }

  /// Escapes, UTF-8, fractions, long numbers, and what is wrong: a string, number or literal that needs more care.
  bool with_rapidjson(bool is_key) {
    rapidjson::MemoryStream stream(at_, static_cast<std::size_t>(end_ - at_));
    Adaptor adaptor(events_, stream, is_key);
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseStopWhenDoneFlag;
    const rapidjson::ParseResult result = rapidjson_.Parse<flags>(stream, adaptor);
    at_ += result.IsError() ? result.Offset() : stream.Tell();
    if (result.Code() == rapidjson::kParseErrorTermination) return go_on(false);
    return !result.IsError() || invalid(in_words(result.Code()));
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
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }
  bool is_next(char c) const { return at_ != end_ && *at_ == c; }
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

  JsonEvents& events_;
  const char* const begin_;
  const char* const end_;
  const char* at_;
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
