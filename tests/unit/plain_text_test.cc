// plain_text_test.cc: plain_text.h: where plain text ends, many bytes at a time, against a byte by byte reference.
#include "plain_text.h"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>

#include "support/catch.h"
#include "support/guarded_page.h"

using namespace rmqlag::internal;
using rmqlag::test::GuardedPage;

namespace {

/// The plain bytes that lie next to others: a trick that is off by one is wrong for one of them.
constexpr std::string_view plain_edges = " !#[]~\x7F";
/// Bytes that are not plain.
constexpr std::string_view odd_ones("\0\x1F\"\\\x80\xA2\xDC\xFF", 8);

bool is_plain_by_definition(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

std::size_t plain_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain_by_definition) - text.begin());
}

/// How many plain bytes each way to count them finds in front of sixteen.
std::array<std::size_t, 3> counts(std::string_view sixteen) {
  const char* const text = sixteen.data();
  return {plain_of_words(text, text + 8), plain_of_sixteen(text), plain_of_sixteen(text, text + 8)};
}

bool all_are_right(std::string_view sixteen) {
  const std::size_t expected = plain_of(sixteen);
  return counts(sixteen) == std::array{expected, expected, expected};
}

std::string plain_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += plain_edges[i % plain_edges.size()];
  return text;
}

/// Texts of all lengths up to several strides: plain, with an odd byte anywhere, and with another one behind that.
template <class Use>
void each_text(Use use) {
  for (std::size_t size = 0; size <= 70; ++size) {
    use(plain_text(size));
    for (std::size_t at = 0; at < size; ++at) {
      std::string text = plain_text(size);
      text[at] = odd_ones[at % odd_ones.size()];
      use(text);
      text[std::min(at + 2, size - 1)] = odd_ones[size % odd_ones.size()];
      use(text);
    }
  }
}

}  // namespace

TEST_CASE("plain_text: plain is ASCII from the space on, but quote and backslash") {
  for (unsigned value = 0; value < 256; ++value) {
    CAPTURE(value);
    const auto c = static_cast<char>(value);
    CHECK(is_plain(c) == is_plain_by_definition(c));
  }
}

TEST_CASE("plain_text: each byte is known at each place of sixteen, whatever surrounds it, with vectors and without") {
  for (const char filler : plain_edges) {
    for (std::size_t at = 0; at < 16; ++at) {
      for (unsigned value = 0; value < 256; ++value) {
        std::string sixteen(16, filler);
        sixteen[at] = static_cast<char>(value);
        if (!all_are_right(sixteen)) FAIL("byte " << value << " at " << at << " among '" << filler << "'");
      }
    }
  }
}

TEST_CASE("plain_text: the first of several odd bytes is found, with vectors and without") {
  std::mt19937 random(1);
  const auto one_of = [&random](std::string_view bytes) { return bytes[random() % bytes.size()]; };
  for (int i = 0; i < 20'000; ++i) {
    const auto odd_of_ten = random() % 11;
    std::string sixteen;
    while (sixteen.size() < 16) sixteen += one_of(random() % 10 < odd_of_ten ? odd_ones : plain_edges);
    if (!all_are_right(sixteen)) FAIL("text " << i << " of odd bytes");
    for (char& c : sixteen) c = static_cast<char>(random());
    if (!all_are_right(sixteen)) FAIL("text " << i << " of random bytes");
  }
}

TEST_CASE("plain_text: the end of plain text is found at any length, and nothing around the text is read") {
  GuardedPage page('"');
  each_text([&page](const std::string& text) {
    page.at_both_edges(text, [](std::string_view placed) {
      const char* const end = end_of_plain(placed.data(), placed.data() + placed.size());
      if (end != placed.data() + plain_of(placed)) FAIL("found at " << end - placed.data() << " of '" << placed << "'");
    });
  });
}

TEST_CASE("plain_text: a copy is the text, tells whether that is plain, and reads and writes nothing around it") {
  GuardedPage page('"');
  const std::string margin(32, '\x55');
  each_text([&](const std::string& text) {
    page.at_both_edges(text, [&](std::string_view placed) {
      std::string copy = margin + std::string(text.size(), '\x55') + margin;
      const bool is_plain = copy_plain(copy.data() + margin.size(), placed);
      if (is_plain != (plain_of(text) == text.size())) FAIL("told wrongly of '" << text << "'");
      const bool beside_it = !copy.starts_with(margin) || !copy.ends_with(margin);
      if (beside_it || (is_plain && copy != margin + text + margin)) FAIL("'" << copy << "' is not '" << text << "'");
    });
  });
}
