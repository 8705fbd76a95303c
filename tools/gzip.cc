// gzip.cc: text compressed in parts that can be joined (gzip.h).
#include "gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

namespace rmqlag::tools {
namespace {

// Exposition text shrinks to a twentieth even so; higher levels cost several times the CPU for little.
constexpr int level = 2;
constexpr int raw_deflate = -MAX_WBITS;
constexpr int memory_level = 8;

/// RFC 1952: deflate, no name, no time, made on Unix.
constexpr std::array<char, 10> header{'\x1f', '\x8b', '\x08', 0, 0, 0, 0, 0, 0, '\x03'};
/// An empty block with fixed codes, the last one of the stream.
constexpr std::array<char, 2> last_block{'\x03', 0};

void append_little_endian(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFF);
}

/// zlib counts in 32 bits: a longer text is handed over in slices.
uInt slice_of(std::size_t size) { return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max())); }

class Deflater {
 public:
  Deflater() { ready_ = ::deflateInit2(&stream_, level, Z_DEFLATED, raw_deflate, memory_level, Z_DEFAULT_STRATEGY) == Z_OK; }
  ~Deflater() {
    if (ready_) ::deflateEnd(&stream_);
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string blocks(std::string_view text) {
    if (!ready_) throw std::bad_alloc();
    std::string out;
    std::array<char, 16 * 1024> buffer;
    do {
      const uInt slice = slice_of(text.size());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib reads from it only
      stream_.avail_in = slice;
      text.remove_prefix(slice);
      do {
        stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream_.avail_out = static_cast<uInt>(buffer.size());
        ::deflate(&stream_, text.empty() ? Z_FULL_FLUSH : Z_NO_FLUSH);
        out.append(buffer.data(), buffer.size() - stream_.avail_out);
      } while (stream_.avail_out == 0);
    } while (!text.empty());
    return out;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

GzipPart gzip_part(std::string_view text) {
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
  return {std::make_shared<const std::string>(Deflater().blocks(text)), static_cast<std::uint32_t>(crc), text.size()};
}

std::vector<std::shared_ptr<const std::string>> gzip_member(const std::vector<GzipPart>& parts) {
  std::vector<std::shared_ptr<const std::string>> member{std::make_shared<const std::string>(header.begin(), header.end())};
  uLong crc = 0;
  std::uint64_t size = 0;
  for (const GzipPart& part : parts) {
    member.push_back(part.blocks);
    crc = ::crc32_combine(crc, part.crc, static_cast<z_off_t>(part.size));
    size += part.size;
  }
  std::string end(last_block.begin(), last_block.end());
  append_little_endian(end, static_cast<std::uint32_t>(crc));
  append_little_endian(end, static_cast<std::uint32_t>(size));  // modulo 2^32, as the format has it
  member.push_back(std::make_shared<const std::string>(std::move(end)));
  return member;
}

}  // namespace rmqlag::tools
