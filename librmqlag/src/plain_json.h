// plain_json.h: steps through JSON where it is written plainly, as consoles write nearly all of it. Private; used by the JSON reader, which
// has RapidJSON for everything else, and by console_json.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plain_text.h"

namespace rmqlag::internal {

/// The number that the digits in front of eight bytes make, and how many they are.
struct FirstDigits {
  explicit FirstDigits(const char* eight) {
    const std::uint64_t digits = load_eight(eight) ^ 0x3030303030303030;  // 0 to 9, and more for any other byte
    const std::uint64_t others = ((digits + 0x7676767676767676) | digits) & 0x8080808080808080;
    count = static_cast<std::size_t>(std::countr_zero(others)) / 8;
    if (count == 0) return;
    // Zeros in front make eight of them. Neighbours become pairs, pairs fours, fours the whole, each step at once for all.
    std::uint64_t parts = digits << (64 - 8 * count);
    parts = (parts * (10 * 0x100 + 1) >> 8) & 0x00FF00FF00FF00FF;
    parts = (parts * (100 * 0x10000 + 1) >> 16) & 0x0000FFFF0000FFFF;
    value = static_cast<std::int64_t>(parts * (10'000 * 0x1'0000'0000 + 1) >> 32);
  }

  std::size_t count = 0;
  std::int64_t value = 0;
};

/// A place in a text. A step that returns false leaves it where it is.
class PlainJson {
 public:
  explicit PlainJson(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  const char* at() const { return at_; }
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  bool at_end() const { return at_ == end_; }
  char next() const { return *at_; }  ///< not at the end
  void advance(std::size_t bytes) { at_ += bytes; }

  bool skip(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool skip(std::string_view text) {
    if (!rest().starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  /// A member up to its value: what separates it from what is before, its name in quotes, the colon, without a blank.
  bool skip_to_member(char separator, std::string_view name) {
    const std::size_t size = name.size() + 4;
    if (rest().size() < size || at_[0] != separator || at_[1] != '"' || at_[size - 2] != '"' || at_[size - 1] != ':') return false;
    if (!is_next(name, at_ + 2)) return false;
    at_ += size;
    return true;
  }

  /// A string that is ASCII without an escape, as a view of the text.
  bool string(std::string_view& value) {
    if (at_ == end_ || *at_ != '"') return false;
    const char* const begin = at_ + 1;
    const char* const end = end_of_plain(begin, end_);
    if (end == end_ || *end != '"') return false;
    value = {begin, static_cast<std::size_t>(end - begin)};
    at_ = end + 1;
    return true;
  }

  /// An integer of at most 15 digits.
  bool integer(std::int64_t& value) {
    static constexpr std::array<std::int64_t, 8> power_of_ten = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};
    const bool negative = at_ != end_ && *at_ == '-';
    const char* const begin = negative ? at_ + 1 : at_;
    FirstDigits digits = digits_at(begin);
    const char* end = begin + digits.count;
    std::int64_t number = digits.value;
    if (digits.count == 8) {
      digits = digits_at(end);
      if (digits.count == 8) return false;
      end += digits.count;
      number = power_of_ten[digits.count] * number + digits.value;
    }
    const bool leading_zero = end - begin > 1 && *begin == '0';
    const bool goes_on = end != end_ && (*end == '.' || *end == 'e' || *end == 'E');
    if (end == begin || leading_zero || goes_on) return false;
    value = negative ? -number : number;
    at_ = end;
    return true;
  }

 private:
  FirstDigits digits_at(const char* text) const {
    if (end_ - text >= 8) return FirstDigits(text);
    std::array<char, 8> last_ones{};
    std::copy(text, end_, last_ones.data());
    return FirstDigits(last_ones.data());
  }

  /// Whether `at`, where there is room for it, is this name. Names are short: a call of memcmp would cost more than the comparing.
  static bool is_next(std::string_view name, const char* at) {
    const std::size_t size = name.size();
    if (size < 8) return std::equal(name.begin(), name.end(), at);
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      if (load_eight(at + i) != load_eight(name.data() + i)) return false;
    }
    return load_eight(at + size - 8) == load_eight(name.data() + size - 8);
  }

  const char* at_;
  const char* end_;
};

}  // namespace rmqlag::internal
