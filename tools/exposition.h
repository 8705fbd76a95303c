// exposition.h: a snapshot as the answer to a scrape: made once for each form (a format, compressed or not), however many scrape it.
// Used by serve.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gzip.h"
#include "http_server.h"
#include "rmqlag/lag.h"
#include "rmqlag/metrics.h"
#include "rmqlag/prometheus_text.h"

namespace rmqlag::tools {

/// What follows the snapshot's families in an answer, made anew for each.
using ExpositionTail = std::function<void(MetricSink&)>;

/// The families of `tail` alone, in the form that the request asks for.
Response exposition(const Request& request, const ExpositionTail& tail);

/// Thread-safe. Keeps the texts of the last snapshot it was asked for, and nothing of the snapshot itself.
class Exposition {
 public:
  explicit Exposition(MetricOptions options) : options_(std::move(options)) {}

  /// The families of `snapshot`, then those of `tail`, in the form that the request asks for.
  /// Null stands for "no collection has ended yet".
  Response answer(const Request& request, std::shared_ptr<const Snapshot> snapshot, const ExpositionTail& tail);

  /// The same where it need not be made first; none where it must, or is being made: then `answer` takes its time.
  std::optional<Response> answer_at_once(const Request& request, const std::shared_ptr<const Snapshot>& snapshot, const ExpositionTail& tail);

  /// Makes the forms of a new snapshot that were asked for since the last one, so that no scrape has to wait for it.
  void prepare(const std::shared_ptr<const Snapshot>& snapshot);

 private:
  struct Asked {
    bool plain = false, compressed = false;
  };

  /// Of one format, in pieces; empty until it is asked for. Where nobody asks for the plain text it is never there as a whole.
  struct Texts {
    Body plain;
    std::vector<GzipPart> compressed;
  };

  const Body& plain(const Snapshot& snapshot, ExpositionFormat format);
  const std::vector<GzipPart>& compressed(const Snapshot& snapshot, ExpositionFormat format);
  void turn_to(const std::shared_ptr<const Snapshot>& snapshot);

  const MetricOptions options_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::weak_ptr<const Snapshot> snapshot_;
  std::array<Texts, 2> texts_;  // by format
  std::array<Asked, 2> asked_;  // by format; since the last snapshot was prepared
};

}  // namespace rmqlag::tools
