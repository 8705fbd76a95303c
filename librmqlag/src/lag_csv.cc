// lag_csv.cc: a snapshot's totals as CSV (lag_csv.h).
#include "rmqlag/lag_csv.h"

#include "number_text.h"
#include "report.h"
#include "time_text.h"

namespace rmqlag {
namespace {

using internal::dimensions;

class CsvWriter {
 public:
  explicit CsvWriter(std::string& out) : out_(out) {}

  /// Text from elsewhere.
  void text(std::string_view raw) {
    std::string value = internal::printable(raw);
    if (!value.empty() && std::string_view("=+-@").find(value[0]) != std::string_view::npos) value.insert(0, 1, '\'');
    separate();
    if (value.find_first_of(",\"") == std::string::npos) {
      out_ += value;
      return;
    }
    out_ += '"';
    for (const char c : value) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    out_ += '"';
  }

  void integer(std::int64_t value) {
    separate();
    internal::append_int(out_, value);
  }

  void nothing(int cells) {
    for (; cells > 0; --cells) separate();
  }

  void end_line() {
    out_ += "\r\n";
    begins_line_ = true;
  }

 private:
  void separate() {
    if (!begins_line_) out_ += ',';
    begins_line_ = false;
  }

  std::string& out_;
  bool begins_line_ = true;
};

class SnapshotCsv {
 public:
  SnapshotCsv(CsvWriter& csv, const Snapshot& snapshot, unsigned set) : csv_(csv), snapshot_(snapshot), set_(set) {}

  void header() {
    for (const auto& dimension : dimensions) {
      if (selected(dimension)) csv_.text(dimension.name);
    }
    for (const std::string_view name : {"lag", "diff", "queues", "unowned_queues", "read_at", "unknown", "message"}) csv_.text(name);
    csv_.end_line();
  }

  void line(const Total& total) {
    for (const auto& dimension : dimensions) {
      if (!selected(dimension)) continue;
      if (dimension.id == nullptr) {
        csv_.integer(total.queue);
      } else {
        csv_.text((*snapshot_.names)[total.*dimension.id]);
      }
    }
    for (const std::int64_t number : {total.lag, total.diff, total.queues, total.unowned_queues}) csv_.integer(number);
    csv_.text(total.carried ? internal::rfc3339(total.read_at) : "");
    csv_.nothing(1);
    csv_.text(internal::caveats(total));
    csv_.end_line();
  }

  void line(const Unknown& unknown) {
    unknown_line({.topic = unknown.topic, .group = unknown.group}, unknown.reason, internal::why(snapshot_, unknown, set_));
  }

  void line(const Failure& failure) { unknown_line({}, failure.reason, internal::what_failed(failure)); }

 private:
  static constexpr int number_columns = 5;  // lag to read_at: empty where nothing is known

  bool selected(const internal::Dimension& dimension) const { return (set_ & dimension.bit) != 0; }

  void unknown_line(const Total& place, Reason reason, std::string_view message) {
    for (const auto& dimension : dimensions) {
      if (selected(dimension)) csv_.text(dimension.id == nullptr ? "" : (*snapshot_.names)[place.*dimension.id]);
    }
    csv_.nothing(number_columns);
    csv_.text(to_string(reason));
    csv_.text(message);
    csv_.end_line();
  }

  CsvWriter& csv_;
  const Snapshot& snapshot_;
  unsigned set_;
};

}  // namespace

std::string lag_csv(const Snapshot& snapshot, const Selection& selection) {
  std::string out;
  CsvWriter writer(out);
  SnapshotCsv csv(writer, snapshot, selection.by);
  csv.header();
  for (const Total& total : select(snapshot, selection)) csv.line(total);
  for (const Unknown& unknown : snapshot.unknown) csv.line(unknown);
  for (const Failure& failure : snapshot.failures) csv.line(failure);
  return out;
}

}  // namespace rmqlag
