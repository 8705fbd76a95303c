// gzip_test.cc: parts that are joined must be what zlib itself reads as one member, and hold the text whole.
#include "gzip.h"

#include <zlib.h>

#include <array>
#include <optional>

#include "support/catch.h"

using namespace rmqlag::tools;

namespace {

std::string joined(const std::vector<std::shared_ptr<const std::string>>& parts) {
  std::string all;
  for (const auto& part : parts) all += *part;
  return all;
}

/// What one gzip member holds; none where it is wrong, cut off, or where anything follows it.
std::optional<std::string> unzipped(std::string member) {
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

/// Lines like a scrape's, `count` of them.
std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "rmqlag_queue_lag_messages{topic=\"orders\",queue=\"" + std::to_string(i) + "\"} " + std::to_string(i * 7919) + "\n";
  return text;
}

}  // namespace

TEST_CASE("gzip: one part") {
  const std::string text = GENERATE(as<std::string>(), "", "x", "hello\n", std::string(70'000, '\0'), lines(1), lines(20'000));
  CHECK(unzipped(joined(gzip_member({gzip_part(text)}))) == text);
}

TEST_CASE("gzip: parts joined are one member") {
  const std::string first = GENERATE(as<std::string>(), "", "a", lines(5000));
  const std::string second = GENERATE(as<std::string>(), "", "# EOF\n", lines(3000));
  const GzipPart kept = gzip_part(first);
  CHECK(unzipped(joined(gzip_member({kept, gzip_part(second)}))) == first + second);
  CHECK(unzipped(joined(gzip_member({gzip_part(second), kept, kept}))) == second + first + first);
}

TEST_CASE("gzip: nothing but an empty member") { CHECK(unzipped(joined(gzip_member({}))) == ""); }

TEST_CASE("gzip: a part is not copied into its members, and they are small") {
  const std::string text = lines(20'000);
  const GzipPart part = gzip_part(text);
  CHECK(gzip_member({part}).at(1) == part.blocks);
  CHECK(part.size == text.size());
  CHECK(part.blocks->size() * 5 < text.size());
}
