// own_metrics.cc: an agent that has an exposition of its own writes librmqlag's families into it, with a label of its own on every series.
// Usage: own_metrics URL|RECORDING.har CLUSTER
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "open_source.h"

namespace {

/// Stands for the agent's exposition: one line a sample, every one with the agent's own label.
class AgentExposition : public rmqlag::MetricSink {
 public:
  explicit AgentExposition(std::string cluster) : cluster_(std::move(cluster)) {}

  void family(const rmqlag::Family& family) override { family_ = family; }

  void sample(std::span<const std::string_view> label_values, rmqlag::Value value) override {
    text_.append(family_.name).append("{cluster=").append(quoted(cluster_));
    for (std::size_t i = 0; i < label_values.size(); ++i) {
      text_.append(",").append(family_.labels[i]).append("=").append(quoted(label_values[i]));
    }
    // Offsets and counts are integers, and must not lose digits on their way through a double.
    text_.append("} ").append(std::visit([](auto number) { return std::to_string(number); }, value)).append("\n");
  }

  const std::string& text() const { return text_; }

 private:
  static std::string quoted(std::string_view raw) {
    std::string out = "\"";
    for (const char c : raw) {
      if (c == '"' || c == '\\') out += '\\';
      if (c == '\n') out += "\\n";
      else out += c;
    }
    return out + '"';
  }

  std::string cluster_, text_;
  rmqlag::Family family_;  // its views are valid as long as the call of write_metrics
};

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 3) {
    std::cerr << "usage: own_metrics URL|RECORDING.har CLUSTER\n";
    return 1;
  }
  const auto source = open_source(argv[1]);
  if (!source) {
    std::cerr << "own_metrics: " << source.error().message << '\n';
    return 1;
  }

  const auto snapshot = (*source)->collect({});
  AgentExposition exposition(argv[2]);
  rmqlag::MetricOptions options;
  options.compatible = false;  // our own families only
  rmqlag::write_metrics(*snapshot, options, exposition);
  std::cout << exposition.text();
  return 0;
}
