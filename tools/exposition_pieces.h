// exposition_pieces.h: an exposition handed over piece by piece: its text is many times as large as the snapshot, and as one string, which
// grows, it would at times be there twice. Used by dump and by serve.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "rmqlag/prometheus_text.h"

namespace rmqlag::tools {

class ExpositionPieces : public MetricSink {
 public:
  using Taker = std::function<void(std::string piece)>;

  /// Pieces are of about `size` bytes.
  ExpositionPieces(ExpositionFormat format, std::size_t size, Taker take)
      : size_(size), take_(std::move(take)), text_(piece_, format) {
    piece_.reserve(room());
  }

  void family(const Family& family) override { text_.family(family); }

  void sample(std::span<const std::string_view> label_values, Value value) override { next_sample(0, label_values, value); }

  void next_sample(std::size_t kept, std::span<const std::string_view> label_values, Value value) override {
    text_.next_sample(kept, label_values, value);
    if (piece_.size() < size_) return;
    take_(std::exchange(piece_, {}));
    piece_.reserve(room());
  }

  /// Hands the last piece over; more may follow from elsewhere.
  void pause() { take_(std::exchange(piece_, {})); }

  /// Ends the exposition.
  void finish() {
    text_.finish();
    pause();
  }

 private:
  /// The last sample of a piece goes beyond its size.
  std::size_t room() const { return size_ + size_ / 16; }

  const std::size_t size_;
  const Taker take_;
  std::string piece_;
  PrometheusText text_;  // writes to piece_
};

}  // namespace rmqlag::tools
