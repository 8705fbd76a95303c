// filter.h: which names are wanted, as the user writes it: "orders*,!orders-test".
// Used for --topics and --groups (CollectOptions, collector.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/expected.h"
#include "rmqlag/export.h"

namespace rmqlag {

/// A comma list of patterns with `*` (any text) and `?` (one character); `!` in front excludes; the last pattern that matches
/// decides. Where none matches, the name is wanted only if the list begins with an exclusion, or is empty.
class RMQLAG_EXPORT NameFilter {
 public:
  NameFilter() = default;  ///< wants everything

  /// Error `invalid_argument` for an empty pattern ("a,,b", "!").
  static Expected<NameFilter> parse(std::string_view list);

  /// Exact names that are not wanted, whatever characters they hold.
  static NameFilter excluding(const std::vector<std::string>& names);

  bool wants(std::string_view name) const;
  bool wants_everything() const { return rules_.empty(); }

  /// The names, if the list is nothing but literal names; otherwise none.
  std::optional<std::vector<std::string>> literal_names() const;

  bool operator==(const NameFilter&) const = default;

 private:
  struct Rule {
    std::string pattern;
    bool exclude = false;
    bool literal = false;
    bool operator==(const Rule&) const = default;
  };
  std::vector<Rule> rules_;
};

}  // namespace rmqlag
