// suggestion.cc: what somebody may have meant who wrote a word that there is not (suggestion.h).
#include "suggestion.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace rmqlag::tools {
namespace {

constexpr std::size_t longest_word = 200;  // the time goes with the product of both lengths
constexpr std::size_t shortest_beginning = 4;

/// Levenshtein's: how many characters must be added, removed or changed.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  if (word.size() > longest_word) return best;
  std::size_t least = word.size() / 3 + 2;
  for (const std::string_view candidate : candidates) {
    const bool is_its_beginning = word.size() >= shortest_beginning && candidate.starts_with(word);
    const std::size_t distance = is_its_beginning ? 1 : edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace rmqlag::tools
