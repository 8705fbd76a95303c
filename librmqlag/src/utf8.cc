// utf8.cc: UTF-8 as Unicode's table 3-7 defines it (utf8.h).
#include "utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace rmqlag::internal {
namespace {

// The character, or the invalid part, at the front of a text.
struct Sequence {
  char32_t code = 0xFFFD;
  std::size_t length = 1;
  bool valid = false;
};

// What may follow a leading byte: how many bytes, and the narrower range that the first of them must lie in
// (which shuts out overlong forms, surrogates and everything above U+10FFFF).
struct Lead {
  std::size_t length = 0;  // 0: no leading byte
  unsigned char low = 0x80, high = 0xBF;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte < 0xC2) return {};
  if (byte < 0xE0) return {2};
  if (byte == 0xE0) return {3, 0xA0};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3};
  if (byte == 0xF0) return {4, 0x90};
  if (byte < 0xF4) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

Sequence front_sequence(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  if (lead.length == 0) return {};
  char32_t code = first & (0xFFU >> (lead.length + 1));
  for (std::size_t i = 1; i < lead.length; ++i) {
    const unsigned char low = i == 1 ? lead.low : 0x80;
    const unsigned char high = i == 1 ? lead.high : 0xBF;
    const auto byte = i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
    if (byte < low || byte > high) return {0xFFFD, i, false};
    code = (code << 6) | (byte & 0x3FU);
  }
  return {code, lead.length, true};
}

// How many bytes at the front of the text are valid.
std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Sequence next = front_sequence(text.substr(at));
    if (!next.valid) break;
    at += next.length;
  }
  return at;
}

struct WidthRange {
  std::uint32_t first, last;
  std::size_t width;
};

// What is not one column wide, of Unicode 14: East Asian Wide and Fullwidth characters and emoji (2), and the combining and format
// characters of widespread scripts (0). In order; unassigned code points go with their neighbours.
constexpr std::array width_ranges = std::to_array<WidthRange>({
    {0x0300, 0x036F, 0}, {0x0483, 0x0489, 0}, {0x0591, 0x05BD, 0}, {0x05BF, 0x05BF, 0}, {0x05C1, 0x05C2, 0}, {0x05C4, 0x05C5, 0},
    {0x05C7, 0x05C7, 0}, {0x0610, 0x061A, 0}, {0x064B, 0x065F, 0}, {0x0670, 0x0670, 0}, {0x06D6, 0x06DC, 0}, {0x06DF, 0x06E4, 0},
    {0x06E7, 0x06E8, 0}, {0x06EA, 0x06ED, 0}, {0x093A, 0x093A, 0}, {0x093C, 0x093C, 0}, {0x0941, 0x0948, 0}, {0x094D, 0x094D, 0},
    {0x0951, 0x0957, 0}, {0x0962, 0x0963, 0}, {0x0E31, 0x0E31, 0}, {0x0E34, 0x0E3A, 0}, {0x0E47, 0x0E4E, 0}, {0x1100, 0x115F, 2},
    {0x1160, 0x11FF, 0}, {0x1AB0, 0x1AFF, 0}, {0x1DC0, 0x1DFF, 0}, {0x200B, 0x200F, 0}, {0x2060, 0x2060, 0}, {0x20D0, 0x20FF, 0},
    {0x231A, 0x231B, 2}, {0x2329, 0x232A, 2}, {0x23E9, 0x23EC, 2}, {0x23F0, 0x23F0, 2}, {0x23F3, 0x23F3, 2}, {0x25FD, 0x25FE, 2},
    {0x2614, 0x2615, 2}, {0x2648, 0x2653, 2}, {0x267F, 0x267F, 2}, {0x2693, 0x2693, 2}, {0x26A1, 0x26A1, 2}, {0x26AA, 0x26AB, 2},
    {0x26BD, 0x26BE, 2}, {0x26C4, 0x26C5, 2}, {0x26CE, 0x26CE, 2}, {0x26D4, 0x26D4, 2}, {0x26EA, 0x26EA, 2}, {0x26F2, 0x26F3, 2},
    {0x26F5, 0x26F5, 2}, {0x26FA, 0x26FA, 2}, {0x26FD, 0x26FD, 2}, {0x2705, 0x2705, 2}, {0x270A, 0x270B, 2}, {0x2728, 0x2728, 2},
    {0x274C, 0x274C, 2}, {0x274E, 0x274E, 2}, {0x2753, 0x2755, 2}, {0x2757, 0x2757, 2}, {0x2795, 0x2797, 2}, {0x27B0, 0x27B0, 2},
    {0x27BF, 0x27BF, 2}, {0x2B1B, 0x2B1C, 2}, {0x2B50, 0x2B50, 2}, {0x2B55, 0x2B55, 2}, {0x2E80, 0x3029, 2}, {0x302A, 0x302D, 0},
    {0x302E, 0x303E, 2}, {0x3041, 0x3096, 2}, {0x3099, 0x309A, 0}, {0x309B, 0x3247, 2}, {0x3250, 0x4DBF, 2}, {0x4E00, 0xA4C6, 2},
    {0xA960, 0xA97C, 2}, {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAD9, 2}, {0xFE00, 0xFE0F, 0}, {0xFE10, 0xFE19, 2}, {0xFE20, 0xFE2F, 0},
    {0xFE30, 0xFE6B, 2}, {0xFEFF, 0xFEFF, 0}, {0xFF01, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x16FE0, 0x16FE3, 2}, {0x16FF0, 0x1B2FB, 2},
    {0x1F004, 0x1F004, 2}, {0x1F0CF, 0x1F0CF, 2}, {0x1F18E, 0x1F18E, 2}, {0x1F191, 0x1F19A, 2}, {0x1F200, 0x1F320, 2},
    {0x1F32D, 0x1F335, 2}, {0x1F337, 0x1F37C, 2}, {0x1F37E, 0x1F393, 2}, {0x1F3A0, 0x1F3CA, 2}, {0x1F3CF, 0x1F3D3, 2},
    {0x1F3E0, 0x1F3F0, 2}, {0x1F3F4, 0x1F3F4, 2}, {0x1F3F8, 0x1F43E, 2}, {0x1F440, 0x1F440, 2}, {0x1F442, 0x1F4FC, 2},
    {0x1F4FF, 0x1F53D, 2}, {0x1F54B, 0x1F54E, 2}, {0x1F550, 0x1F567, 2}, {0x1F57A, 0x1F57A, 2}, {0x1F595, 0x1F596, 2},
    {0x1F5A4, 0x1F5A4, 2}, {0x1F5FB, 0x1F64F, 2}, {0x1F680, 0x1F6C5, 2}, {0x1F6CC, 0x1F6CC, 2}, {0x1F6D0, 0x1F6D2, 2},
    {0x1F6D5, 0x1F6DF, 2}, {0x1F6EB, 0x1F6EC, 2}, {0x1F6F4, 0x1F6FC, 2}, {0x1F7E0, 0x1F7F0, 2}, {0x1F90C, 0x1F93A, 2},
    {0x1F93C, 0x1F945, 2}, {0x1F947, 0x1F9FF, 2}, {0x1FA70, 0x1FAF6, 2}, {0x20000, 0x3FFFD, 2}, {0xE0100, 0xE01EF, 0},
});

std::size_t width_of(char32_t code) {
  const auto range = std::partition_point(width_ranges.begin(), width_ranges.end(), [code](const WidthRange& r) { return r.last < code; });
  return range != width_ranges.end() && range->first <= code ? range->width : 1;
}

}  // namespace

bool is_utf8(std::string_view text) { return valid_prefix(text) == text.size(); }

void append_utf8(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t valid = valid_prefix(text);
    out += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) return;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(front_sequence(text).length);
  }
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Sequence next = front_sequence(text);
    width += width_of(next.code);
    text.remove_prefix(next.length);
  }
  return width;
}

}  // namespace rmqlag::internal
