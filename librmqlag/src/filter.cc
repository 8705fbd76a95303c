// filter.cc: patterns of names (filter.h).
#include "rmqlag/filter.h"

#include <algorithm>

namespace rmqlag {
namespace {

constexpr auto npos = std::string_view::npos;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// One character of UTF-8 from `at`; of other bytes, one byte.
std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  return at;
}

// Without recursion: on a mismatch only the last '*' needs to be tried longer.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = npos;
  std::size_t star_end = 0;  // what the star has swallowed so far
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = n;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      n = next_character(name, n);
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != npos) {
      p = star + 1;
      n = star_end = next_character(name, star_end);
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == npos;
}

}  // namespace

Expected<NameFilter> NameFilter::parse(std::string_view list) {
  NameFilter filter;
  if (list.empty()) return filter;
  for (std::size_t begin = 0; begin != npos;) {
    const std::size_t comma = list.find(',', begin);
    std::string_view pattern = trimmed(list.substr(begin, comma == npos ? npos : comma - begin));
    const bool exclude = pattern.starts_with('!');
    if (exclude) pattern = trimmed(pattern.substr(1));
    if (pattern.empty()) {
      return Error{ErrorCode::invalid_argument,
                   "empty pattern in \"" + std::string(list) + "\"; write names or patterns between the commas"};
    }
    filter.rules_.push_back({std::string(pattern), exclude, pattern.find_first_of("*?") == npos});
    begin = comma == npos ? npos : comma + 1;
  }
  return filter;
}

NameFilter NameFilter::excluding(const std::vector<std::string>& names) {
  NameFilter filter;
  for (const std::string& name : names) filter.rules_.push_back({name, true, true});
  return filter;
}

bool NameFilter::wants(std::string_view name) const {
  const auto decides = [name](const Rule& rule) { return rule.literal ? rule.pattern == name : matches(rule.pattern, name); };
  const auto last = std::find_if(rules_.rbegin(), rules_.rend(), decides);
  if (last != rules_.rend()) return !last->exclude;
  return rules_.empty() || rules_.front().exclude;
}

std::optional<std::vector<std::string>> NameFilter::literal_names() const {
  if (rules_.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const Rule& rule : rules_) {
    if (rule.exclude || !rule.literal) return std::nullopt;
    if (std::find(names.begin(), names.end(), rule.pattern) == names.end()) names.push_back(rule.pattern);
  }
  return names;
}

}  // namespace rmqlag
