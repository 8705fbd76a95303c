// plain_text.h: tells text that needs no escape, fast. Private; used by the JSON reader and the exposition, where nearly all text is plain.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace rmqlag::internal {

/// The bytes that stand for themselves in JSON and in label values of expositions: ASCII, no control character, quote or backslash.
inline constexpr std::array<bool, 256> plain_bytes = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

/// Whether all of eight bytes are plain. The classic tricks: a byte is 0 if less 1 its highest bit comes up; it is another one if their
/// difference is 0. A borrow may make a plain byte behind one that is not look likewise, which changes no answer.
inline bool are_plain(const char* eight) {
  constexpr std::uint64_t ones = 0x0101010101010101, highest = ones << 7;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const auto any_below = [bytes](std::uint64_t limit) { return (bytes - ones * limit) & ~bytes; };
  const auto any_is = [bytes](unsigned char c) {
    const std::uint64_t difference = bytes ^ ones * c;
    return (difference - ones) & ~difference;
  };
  return ((bytes | any_below(0x20) | any_is('"') | any_is('\\') | any_is(0x7F)) & highest) == 0;
}

/// The first byte from `begin` on that is not plain, or `end`.
inline const char* end_of_plain(const char* begin, const char* end) {
  while (end - begin >= 8 && are_plain(begin)) begin += 8;
  while (begin != end && plain_bytes[static_cast<unsigned char>(*begin)]) ++begin;
  return begin;
}

}  // namespace rmqlag::internal
