// prometheus_text.h: metric families as text for Prometheus: text format 0.0.4 and OpenMetrics 1.0.0.
// Used by the program's dump and serve. Appends to a string of the caller's; the same samples give the same bytes in every locale.
// Read on in metrics.h for what is written.
#pragma once

#include <string>
#include <vector>

#include "rmqlag/export.h"
#include "rmqlag/metrics.h"

namespace rmqlag {

enum class ExpositionFormat : std::uint8_t { text, openmetrics };

/// The Content-Type of a format.
RMQLAG_EXPORT std::string_view content_type(ExpositionFormat format);

/// A sink that appends to `out`. Families without samples leave nothing. Label values: bytes that are not UTF-8 become U+FFFD,
/// then escaped. Integers keep all digits; doubles are the shortest text that reads back the same.
class RMQLAG_EXPORT PrometheusText : public MetricSink {
 public:
  PrometheusText(std::string& out, ExpositionFormat format) : out_(out), format_(format) {}

  void family(const Family& family) override;
  void sample(std::span<const std::string_view> label_values, Value value) override { next_sample(0, label_values, value); }
  void next_sample(std::size_t kept, std::span<const std::string_view> label_values, Value value) override;
  /// Ends the exposition ("# EOF" in OpenMetrics). Nothing may follow.
  void finish();

 private:
  std::string& out_;
  ExpositionFormat format_;
  std::string header_;                    // of the family, until its first sample
  std::string template_;                  // the text of a sample around its label values, one piece after the other, and some room
  struct Piece {
    std::size_t begin = 0, size = 0;  // in template_
    std::size_t end = 0;              // in sample_, of the last sample
  };
  std::vector<Piece> pieces_;  // before, between and after the label values
  std::string sample_ = std::string(1024, ' ');  // room for the one under way, which begins as the last; it grows with the largest
};

}  // namespace rmqlag
