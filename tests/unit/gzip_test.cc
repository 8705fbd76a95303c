// gzip_test.cc: parts that are joined must be what zlib itself reads as one member, and hold the text whole.
#include "gzip.h"

#include <string>

#include "support/catch.h"
#include "support/unzipped.h"

using namespace rmqlag::tools;
using rmqlag::test::unzipped;

namespace {

std::string joined(const std::vector<std::shared_ptr<const std::string>>& parts) {
  std::string all;
  for (const auto& part : parts) all += *part;
  return all;
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
