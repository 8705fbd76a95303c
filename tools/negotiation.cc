// negotiation.cc: which form of an answer a client asked for (RFC 9110, section 12.5) (negotiation.h).
#include "negotiation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace rmqlag::tools {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes what stands before the next `separator`.
std::string_view take(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trim(part);
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// "0.75" -> 750; what is no weight is 0.
int parse_weight(std::string_view text) {
  if (text == "1" || text == "1." || text == "1.0" || text == "1.00" || text == "1.000") return 1000;
  if (text.size() > 5 || !text.starts_with('0')) return 0;
  int weight = 0;
  for (std::size_t i = 2; i < 5; ++i) {
    const char digit = i < text.size() ? text[i] : '0';
    if (digit < '0' || digit > '9') return 0;
    weight = weight * 10 + (digit - '0');
  }
  return text.size() == 1 || text[1] == '.' ? weight : 0;
}

/// One of the forms we have.
struct Form {
  ExpositionFormat format;
  std::string_view content_type;
  std::string_view type, any_subtype, version;
  int weight = 0;
  int precision = 0;  ///< of the range that gave the weight: the more precise one counts
};

struct Range {
  std::string_view name, version;
  int weight = 1000;
};

Range parse_range(std::string_view text) {
  Range range;
  range.name = take(text, ';');
  while (!text.empty()) {
    std::string_view parameter = take(text, ';');
    const std::string_view name = take(parameter, '=');
    std::string_view value = trim(parameter);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    if (same(name, "version")) range.version = value;
    if (same(name, "q")) range.weight = parse_weight(value);
  }
  return range;
}

/// 0: the range is not about the form.
int precision_of(const Range& range, const Form& form) {
  if (range.name == "*/*") return 1;
  if (same(range.name, form.any_subtype)) return 2;
  if (!same(range.name, form.type)) return 0;
  if (range.version.empty()) return 3;
  return range.version == form.version ? 4 : 0;
}

void weigh(Form& form, const Range& range) {
  const int precision = precision_of(range, form);
  if (precision == 0 || precision < form.precision) return;
  form.weight = precision == form.precision ? std::max(form.weight, range.weight) : range.weight;
  form.precision = precision;
}

}  // namespace

NegotiatedFormat negotiate(std::string_view accept) {
  // The first of those that are liked best counts. OpenMetrics 0.0.1 is what Prometheus before 2.50 also names; its text is the same.
  std::array forms{
      Form{ExpositionFormat::text, content_type(ExpositionFormat::text), "text/plain", "text/*", "0.0.4"},
      Form{ExpositionFormat::openmetrics, content_type(ExpositionFormat::openmetrics), "application/openmetrics-text", "application/*",
           "1.0.0"},
      Form{ExpositionFormat::openmetrics, "application/openmetrics-text; version=0.0.1; charset=utf-8", "application/openmetrics-text",
           "application/*", "0.0.1"},
  };
  while (!accept.empty()) {
    const Range range = parse_range(take(accept, ','));
    for (Form& form : forms) weigh(form, range);
  }
  const Form& best = *std::ranges::max_element(forms, {}, &Form::weight);
  return {best.format, best.content_type};
}

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip, any, identity;
  while (!accept_encoding.empty()) {
    const Range range = parse_range(take(accept_encoding, ','));
    if (same(range.name, "gzip") || same(range.name, "x-gzip")) gzip = range.weight;
    if (same(range.name, "identity")) identity = range.weight;
    if (range.name == "*") any = range.weight;
  }
  const int liked = gzip.value_or(any.value_or(0));
  return liked > 0 && liked >= identity.value_or(0);
}

}  // namespace rmqlag::tools
