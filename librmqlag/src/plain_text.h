// plain_text.h: tells text that needs no escape, fast. Private; used by the JSON reader and the exposition, where nearly all text is plain.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rmqlag::internal {

/// The bytes that stand for themselves in JSON and in label values of expositions: ASCII from the space on, no quote, no backslash.
inline constexpr std::array<bool, 256> plain_bytes = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

/// How many of eight bytes are plain before the first that is not. The classic tricks: a byte is 0 if less 1 its highest bit comes up; it is
/// another one if their difference is 0. A borrow may make a plain byte behind one that is not look likewise, which changes no answer.
inline std::size_t plain_of_eight(const char* eight) {
  constexpr std::uint64_t ones = 0x0101010101010101, highest = ones << 7;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const auto any_below = [bytes](std::uint64_t limit) { return (bytes - ones * limit) & ~bytes; };
  const auto any_is = [bytes](unsigned char c) {
    const std::uint64_t difference = bytes ^ ones * c;
    return (difference - ones) & ~difference;
  };
  const std::uint64_t others = (bytes | any_below(0x20) | any_is('"') | any_is('\\')) & highest;
  if (others == 0) return sizeof bytes;
  if constexpr (std::endian::native == std::endian::little) return static_cast<std::size_t>(std::countr_zero(others)) / 8;
  std::size_t count = 0;
  while (plain_bytes[static_cast<unsigned char>(eight[count])]) ++count;
  return count;
}

/// The first byte from `begin` on that is not plain, or `end`.
inline const char* end_of_plain(const char* begin, const char* end) {
  while (end - begin >= 8) {
    const std::size_t plain = plain_of_eight(begin);
    begin += plain;
    if (plain < 8) return begin;
  }
  while (begin != end && plain_bytes[static_cast<unsigned char>(*begin)]) ++begin;
  return begin;
}

/// Copies text and tells whether all of it is plain. What was copied is of no use where it is not.
inline bool copy_plain(char* to, std::string_view text) {
  const char* const from = text.data();
  bool plain = true;
  if (text.size() >= 8) {
    const auto copy_eight = [&](std::size_t at) {
      std::memcpy(to + at, from + at, 8);
      plain &= plain_of_eight(from + at) == 8;
    };
    for (std::size_t at = 0; at + 8 < text.size(); at += 8) copy_eight(at);
    copy_eight(text.size() - 8);  // the last ones, some of them again
  } else {
    for (std::size_t at = 0; at < text.size(); ++at) {
      to[at] = from[at];
      plain &= plain_bytes[static_cast<unsigned char>(from[at])];
    }
  }
  return plain;
}

}  // namespace rmqlag::internal
