// prometheus_text.cc: metric families as text for Prometheus. See prometheus_text.h.
// A sample is a template (made once a family) with its label values filled in, so it costs copying and no allocation.
#include "rmqlag/prometheus_text.h"

#include <algorithm>

#include "number_text.h"
#include "plain_text.h"
#include "utf8.h"

namespace rmqlag {
namespace {

constexpr std::string_view counter_suffix = "_total";

/// OpenMetrics names a family of counters without the suffix that its samples have.
std::string_view family_name(const Family& family, ExpositionFormat format) {
  std::string_view name = family.name;
  const bool shorter = format == ExpositionFormat::openmetrics && family.counter && name.ends_with(counter_suffix);
  if (shorter) name.remove_suffix(counter_suffix.size());
  return name;
}

std::string escaped_help(std::string_view help, ExpositionFormat format) {
  std::string text;
  for (const char c : help) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '\\' || (c == '"' && format == ExpositionFormat::openmetrics)) text += '\\';
      text += c;
    }
  }
  return text;
}

std::string header_text(const Family& family, ExpositionFormat format) {
  const std::string name(family_name(family, format));
  return "# HELP " + name + ' ' + escaped_help(family.help, format) + "\n# TYPE " + name + (family.counter ? " counter\n" : " gauge\n");
}

/// The pieces before, between and after the label values: `lag{topic="`, `",group="`, `"} `.
std::vector<std::string> sample_template(const Family& family) {
  std::string piece(family.name);
  std::vector<std::string> pieces;
  for (const std::string_view label : family.labels) {
    piece += pieces.empty() ? '{' : ',';
    pieces.push_back(piece.append(label) + "=\"");
    piece = '"';
  }
  pieces.push_back(piece + (pieces.empty() ? " " : "} "));
  return pieces;
}

char* copy(char* to, std::string_view text) { return std::copy(text.begin(), text.end(), to); }

char* copy_escaped(char* to, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"' || c == '\n') *to++ = '\\';
    *to++ = c == '\n' ? 'n' : c;
  }
  return to;
}

/// Every byte may become the three of a U+FFFD.
constexpr std::size_t max_growth = 3;

/// Copies a label value, repaired and escaped, to where there is room for `max_growth` times its size. Returns the end.
char* copy_label_value(char* to, std::string_view value) {
  bool plain = true;
  char* end = to;
  for (const char c : value) {
    plain &= internal::plain_bytes[static_cast<unsigned char>(c)];
    *end++ = c;
  }
  if (plain) return end;
  if (internal::is_utf8(value)) return copy_escaped(to, value);
  std::string repaired;
  internal::append_utf8(repaired, value);
  return copy_escaped(to, repaired);
}

}  // namespace

std::string_view content_type(ExpositionFormat format) {
  return format == ExpositionFormat::text ? "text/plain; version=0.0.4; charset=utf-8"
                                          : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void PrometheusText::family(const Family& family) {
  header_ = header_text(family, format_);
  template_ = sample_template(family);
  template_size_ = 0;
  for (const std::string& piece : template_) template_size_ += piece.size();
}

void PrometheusText::sample(std::span<const std::string_view> label_values, Value value) {
  out_ += header_;
  header_.clear();

  // Made where there is room for all of it, so that no step has to ask for room, then appended as a whole.
  std::size_t room = template_size_;
  for (const std::string_view text : label_values) room += max_growth * text.size();
  if (sample_.size() < room) sample_.resize(room);
  char* end = sample_.data();
  for (std::size_t i = 0; i < label_values.size(); ++i) end = copy_label_value(copy(end, template_[i]), label_values[i]);
  end = copy(end, template_.back());
  out_.append(sample_.data(), end);

  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    internal::append_int(out_, *integer);
  } else {
    internal::append_double(out_, std::get<double>(value));
  }
  out_ += '\n';
}

void PrometheusText::finish() {
  if (format_ == ExpositionFormat::openmetrics) out_ += "# EOF\n";
}

}  // namespace rmqlag
