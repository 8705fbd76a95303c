// gzip.h: text compressed in parts that can be joined: of an answer, what stays the same is compressed once and kept.
// Used by exposition.h and serve. The one place of zlib is gzip.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rmqlag::tools {

/// A text as deflate blocks that end at a byte and refer to nothing before them.
struct GzipPart {
  std::shared_ptr<const std::string> blocks;
  std::uint32_t crc = 0;
  std::uint64_t size = 0;  ///< of the text
};

GzipPart gzip_part(std::string_view text);

/// The parts as one gzip member: a body to be sent with `Content-Encoding: gzip`. One member, because curl reads no further than the first.
std::vector<std::shared_ptr<const std::string>> gzip_member(const std::vector<GzipPart>& parts);

}  // namespace rmqlag::tools
