// unzipped.h: what zlib itself reads of a gzip member. Used by the tests of compressed answers.
#pragma once

#include <zlib.h>

#include <array>
#include <optional>
#include <string>

namespace rmqlag::test {

/// What one gzip member holds; none where it is wrong, cut off, or where anything follows it.
inline std::optional<std::string> unzipped(std::string member) {
  z_stream stream{};
  constexpr int gzip_only = 16 + MAX_WBITS;
  if (::inflateInit2(&stream, gzip_only) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(member.data());
  stream.avail_in = static_cast<uInt>(member.size());
  std::string text;
  std::array<char, 4096> buffer;
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    state = ::inflate(&stream, Z_NO_FLUSH);
    text.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0;
  ::inflateEnd(&stream);
  return whole ? std::optional(text) : std::nullopt;
}

}  // namespace rmqlag::test
