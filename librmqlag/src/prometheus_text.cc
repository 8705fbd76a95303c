// prometheus_text.cc: metric families as text for Prometheus. See prometheus_text.h.
// A sample is a template (made once a family) with its label values filled in, so it costs copying and no allocation.
#include "rmqlag/prometheus_text.h"

#include <cstring>
#include <utility>

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
std::vector<std::string> sample_pieces(const Family& family) {
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

/// A piece is copied in strides, so behind it there must be room for all but one byte of a stride: to read, and to write.
constexpr std::size_t stride = 16;

char* copy_piece(char* to, const char* from, std::size_t size) {
  for (std::size_t at = 0; at < size; at += stride) std::memcpy(to + at, from + at, stride);
  return to + size;
}

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
  if (internal::copy_plain(to, value)) return to + value.size();
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
  template_.clear();
  pieces_.clear();
  for (const std::string& piece : sample_pieces(family)) {
    pieces_.push_back({template_.size(), piece.size(), piece.size()});
    template_ += piece;
  }
  sample_.replace(0, pieces_.front().size, template_, 0, pieces_.front().size);
  template_.append(stride, ' ');
}

void PrometheusText::next_sample(std::size_t kept, std::span<const std::string_view> label_values, Value value) {
  if (!header_.empty()) out_ += std::exchange(header_, {});

  // Made where there is room for all of it, so that no step has to ask for room, then appended as a whole.
  const auto other_values = label_values.subspan(kept);
  Piece* piece = pieces_.data() + kept;
  std::size_t room = piece->end + template_.size() + internal::number_room + 1;
  for (const std::string_view text : other_values) room += max_growth * text.size();
  if (sample_.size() < room) sample_.resize(room);
  char* end = sample_.data() + piece->end;
  for (const std::string_view text : other_values) {
    ++piece;
    end = copy_piece(copy_label_value(end, text), template_.data() + piece->begin, piece->size);
    piece->end = static_cast<std::size_t>(end - sample_.data());
  }
  end = std::visit([end](auto number) { return internal::write_number(end, number); }, value);
  *end++ = '\n';
  out_.append(sample_.data(), end);
}

void PrometheusText::finish() {
  if (format_ == ExpositionFormat::openmetrics) out_ += "# EOF\n";
}

}  // namespace rmqlag
