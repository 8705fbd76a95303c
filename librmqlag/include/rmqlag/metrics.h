// metrics.h: the catalogue of metric families, and a snapshot as their samples.
// Used by prometheus_text.h (our own text) and by agents that write our families into their own exposition through a sink of theirs.
// Names, labels and meanings: docs/metrics.md (a test compares it with the catalogue).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "rmqlag/export.h"
#include "rmqlag/lag.h"

namespace rmqlag {

enum class MetricSet : std::uint8_t { compatible, own, queues };

/// One family. Views are static, or valid as long as the call that hands them over.
struct Family {
  std::string_view name;  ///< counters end in _total
  std::string_view help;  ///< one line
  bool counter = false;   ///< otherwise a gauge
  std::span<const std::string_view> labels;
  MetricSet set = MetricSet::own;
};

/// Counts and offsets are integers, and stay so; times are seconds since 1970 as double.
using Value = std::variant<std::int64_t, double>;

/// Takes families in the order of their names, each followed by its samples. Series are unique.
class RMQLAG_EXPORT MetricSink {
 public:
  virtual ~MetricSink();
  /// Samples of this family follow, perhaps none.
  virtual void family(const Family& family) = 0;
  /// `label_values`: as many as the family has labels, raw text, may be empty. Valid during the call.
  virtual void sample(std::span<const std::string_view> label_values, Value value) = 0;
  /// As `sample`, where the first `kept` label values are those of the family's sample before: a sink that makes text has that part already.
  virtual void next_sample(std::size_t /*kept*/, std::span<const std::string_view> label_values, Value value) {
    sample(label_values, value);
  }
};

struct MetricOptions {
  bool compatible = true, own = true, queues = false;
  std::string prefix = "rocketmq";  ///< of the compatible families; a `valid_metric_prefix`
};

/// Every family of the library, sorted by name; the compatible ones under the prefix "rocketmq".
RMQLAG_EXPORT std::span<const Family> metric_catalogue();

/// Writes the snapshot. Label values are passed as they are: a sink that makes text repairs UTF-8 and escapes.
/// A snapshot of pass 0 stands for "no collection has ended yet": counters are there at 0; rmqlag_up, the console and times are not.
RMQLAG_EXPORT void write_metrics(const Snapshot& snapshot, const MetricOptions& options, MetricSink& sink);

/// True if `prefix` can begin a metric name: [a-zA-Z_:][a-zA-Z0-9_:]*.
RMQLAG_EXPORT bool valid_metric_prefix(std::string_view prefix);

}  // namespace rmqlag
