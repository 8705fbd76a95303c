// plain_text.h: tells text that needs no escape, fast. Private; used by the JSON reader and the exposition, where nearly all text is plain.
//
// Plain are the bytes that stand for themselves in JSON and in label values of expositions: ASCII from the space on, no quote, no backslash.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace rmqlag::internal {

inline bool is_plain(char c) { return static_cast<signed char>(c) >= 0x20 && c != '"' && c != '\\'; }

/// Eight bytes of text, of which the first is the lowest.
inline std::uint64_t load_eight(const char* text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  return std::endian::native == std::endian::little ? bytes : __builtin_bswap64(bytes);
}

/// How many of sixteen bytes, in two parts, are plain before the first that is not. For any processor.
inline std::size_t plain_of_words(const char* eight, const char* eight_more) {
  // The classic tricks: a byte of ASCII is below a limit if less that limit its highest bit comes up; it is another one if their difference
  // is 0. A borrow may make a plain byte behind one that is not look likewise, which changes no answer.
  const auto plain_of_eight = [](std::uint64_t bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101, highest = ones << 7;
    const auto any_below = [bytes](std::uint64_t limit) { return bytes - ones * limit; };
    const auto any_is = [bytes](unsigned char c) { return (bytes ^ ones * c) - ones; };
    return static_cast<std::size_t>(std::countr_zero((bytes | any_below(0x20) | any_is('"') | any_is('\\')) & highest)) / 8;
  };
  const std::size_t plain = plain_of_eight(load_eight(eight));
  return plain < 8 ? plain : plain + plain_of_eight(load_eight(eight_more));
}

#ifdef __SSE2__
/// The same with x86's vectors, which every x86 processor of 64 bits has.
inline std::size_t plain_of_vector(__m128i bytes) {
  const __m128i below = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));  // what is not ASCII is negative
  const __m128i escaped = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  const auto others = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(below, escaped)));
  return static_cast<std::size_t>(std::countr_zero(others | 1U << 16));
}

inline std::size_t plain_of_sixteen(const char* sixteen) {
  return plain_of_vector(_mm_loadu_si128(reinterpret_cast<const __m128i*>(sixteen)));
}
inline std::size_t plain_of_sixteen(const char* eight, const char* eight_more) {
  return plain_of_vector(_mm_set_epi64x(static_cast<std::int64_t>(load_eight(eight_more)), static_cast<std::int64_t>(load_eight(eight))));
}
#else
inline std::size_t plain_of_sixteen(const char* sixteen) { return plain_of_words(sixteen, sixteen + 8); }
inline std::size_t plain_of_sixteen(const char* eight, const char* eight_more) { return plain_of_words(eight, eight_more); }
#endif

/// The first byte from `begin` on that is not plain, or `end`.
inline const char* end_of_plain(const char* begin, const char* end) {
  while (end - begin >= 16) {
    const std::size_t plain = plain_of_sixteen(begin);
    begin += plain;
    if (plain < 16) return begin;
  }
  while (begin != end && is_plain(*begin)) ++begin;
  return begin;
}

/// Copies text and tells whether all of it is plain. What was copied is of no use where it is not.
inline bool copy_plain(char* to, std::string_view text) {
  const char* const from = text.data();
  const std::size_t size = text.size();
  bool plain = true;
  if (size >= 16) {
    const auto copy_sixteen = [&](std::size_t at) {
      std::memcpy(to + at, from + at, 16);
      plain &= plain_of_sixteen(from + at) == 16;
    };
    for (std::size_t at = 0; at + 16 < size; at += 16) copy_sixteen(at);
    copy_sixteen(size - 16);  // the last ones, some of them again
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
    plain = plain_of_sixteen(from, from + size - 8) == 16;
  } else {
    for (std::size_t at = 0; at < size; ++at) {
      to[at] = from[at];
      plain &= is_plain(from[at]);
    }
  }
  return plain;
}

}  // namespace rmqlag::internal
