// lag_table.cc: a snapshot as a table for people (lag_table.h): the lines, then what is left over from them, then the summary.
#include "rmqlag/lag_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <set>

#include "number_text.h"
#include "report.h"
#include "text_grid.h"
#include "time_text.h"

namespace rmqlag {
namespace {

using internal::append_part;
using internal::Cell;
using internal::Column;
using internal::dimensions;
using internal::Line;
using internal::printable;
using internal::Style;
using internal::with_thousands;

constexpr std::string_view absent = "–";
constexpr int unknown_lines_per_reason = 5;

/// "1 group", "1,200 groups".
std::string count(std::int64_t number, const std::string& noun) { return with_thousands(number) + " " + noun + (number == 1 ? "" : "s"); }
std::string count(std::size_t number, const std::string& noun) { return count(static_cast<std::int64_t>(number), noun); }

/// Times of day as the reader's wall clock shows them; those of other days than the snapshot's with their date.
class LocalClock {
 public:
  LocalClock(const TableOptions& options, Wall present) : offset_(options.utc_offset), today_(local(present).substr(0, date_length)) {}

  /// "12:50:28" or "2026-11-21 12:50:28"; "" for what is no time a message can have.
  std::string text(Wall time) const {
    if (time <= Wall{} || time >= Wall{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}}) return "";
    const std::string instant = local(time);
    const std::string date = instant.substr(0, date_length), time_of_day = instant.substr(date_length + 1, 8);
    return date == today_ ? time_of_day : date + " " + time_of_day;
  }

 private:
  static constexpr std::size_t date_length = 10;  // of "2026-11-22T12:57:34.885Z"

  std::string local(Wall time) const { return internal::rfc3339(offset_ ? time + offset_(time) : time); }

  const std::function<std::chrono::minutes(Wall)>& offset_;
  std::string today_;
};

/// The lines of the table.
class TableLines {
 public:
  TableLines(const Snapshot& snapshot, const TableOptions& options)
      : snapshot_(snapshot), names_(*snapshot.names), selection_(options.selection), clock_(options, snapshot.ended) {}

  void append(std::string& out, bool colour) const {
    const std::vector<Total> totals = select(snapshot_, selection_);
    const bool with_notes = std::any_of(totals.begin(), totals.end(), [this](const Total& total) { return !note(total).empty(); });
    std::vector<Line> lines;
    for (const Total& total : totals) {
      lines.push_back(line(total));
      if (with_notes) lines.back().push_back({note(total), Style::dim});
    }
    append_rest(lines, totals.size());
    append_unknown(lines);
    if (!lines.empty()) internal::append_grid(out, columns(with_notes), lines, colour);
  }

 private:
  bool selected(unsigned bit) const { return (selection_.by & bit) != 0; }
  bool by_owner() const { return selected(by::host | by::process); }
  std::string text(NameId name) const { return printable(names_[name]); }

  std::vector<Column> columns(bool with_notes) const {
    std::vector<Column> columns;
    if (selected(by::topic)) columns.push_back({"TOPIC"});
    if (selected(by::group)) columns.push_back({"GROUP"});
    if (selected(by::broker)) columns.push_back({"BROKER"});
    if (selected(by::queue)) columns.push_back({"QUEUE", true});
    if (by_owner()) columns.push_back({selected(by::process) ? "PROCESS" : "HOST"});
    columns.push_back({"QUEUES", true});
    columns.push_back({"LAG", true});
    columns.push_back({"CONSUMED UP TO"});
    if (with_notes) columns.push_back({"NOTE"});
    return columns;
  }

  Line line(const Total& total) const {
    Line line;
    if (selected(by::topic)) line.push_back({text(total.topic)});
    if (selected(by::group)) line.push_back({text(total.group)});
    if (selected(by::broker)) line.push_back({text(total.broker)});
    if (selected(by::queue)) line.push_back({with_thousands(total.queue)});
    if (by_owner()) line.push_back(owner(total));
    line.push_back({with_thousands(total.queues)});
    line.push_back({with_thousands(total.lag), total.lag > 0 ? Style::bold : Style::plain});
    line.push_back({consumed_up_to(total)});
    return line;
  }

  Cell owner(const Total& total) const {
    const bool host_known = total.host != 0, process_known = total.process != 0;
    if (total.unowned_queues == total.queues) return {"owner unknown", Style::yellow};
    if (!selected(by::process)) return host_known ? Cell{text(total.host)} : Cell{"host unknown", Style::yellow};
    if (!selected(by::host)) return process_known ? Cell{text(total.process)} : Cell{"process unknown", Style::yellow};
    return {(host_known ? text(total.host) : "(host unknown)") + " " + (process_known ? text(total.process) : "(process unknown)")};
  }

  std::string consumed_up_to(const Total& total) const {
    const std::string time = clock_.text(Wall{std::chrono::milliseconds{total.oldest_consumed_ms}});
    return time.empty() ? "" : "message of " + time;
  }

  std::string note(const Total& total) const {
    std::string out;
    if (total.carried) append_part(out, "; ", "carried over, read " + clock_.text(total.read_at));
    if (total.unowned_queues > 0 && !by_owner()) append_part(out, "; ", count(total.unowned_queues, "queue") + " without a known owner");
    if (total.ahead_queues > 0) append_part(out, "; ", count(total.ahead_queues, "queue") + " ahead by " + with_thousands(total.ahead));
    append_part(out, "; ", internal::caveats(total));
    return out;
  }

  /// How many totals `top` and `min_lag` keep from sight.
  void append_rest(std::vector<Line>& lines, std::size_t shown) const {
    if (selection_.top == 0 && selection_.min_lag == 0) return;
    const std::size_t hidden = aggregate(snapshot_, selection_.by).size() - shown;
    if (hidden == 0) return;
    const std::string all = selection_.min_lag == 0 ? "--top 0" : selection_.top == 0 ? "--min-lag 0" : "--top 0 --min-lag 0";
    lines.push_back({{"… and " + with_thousands(static_cast<std::int64_t>(hidden)) + " more (" + all + " shows all)", Style::dim}});
  }

  /// A line for each of the first few unknowns of a reason; a line that counts the others.
  void append_unknown(std::vector<Line>& lines) const {
    std::map<Reason, std::int64_t> seen;
    for (const Unknown& unknown : snapshot_.unknown) {
      if (!internal::harmless(unknown) && ++seen[unknown.reason] <= unknown_lines_per_reason) lines.push_back(line(unknown));
    }
    for (const auto& [reason, number] : seen) {
      if (number <= unknown_lines_per_reason) continue;
      lines.push_back({{"… and " + with_thousands(number - unknown_lines_per_reason) + " more not known: " +
                            std::string(internal::words(reason)) + "; all of them with --format json",
                        Style::yellow}});
    }
  }

  Line line(const Unknown& unknown) const {
    const auto name = [this](NameId id) { return Cell{id == 0 ? std::string(absent) : text(id)}; };
    Line line;
    if (selected(by::topic)) line.push_back(name(unknown.topic));
    if (selected(by::group)) line.push_back(name(unknown.group));
    line.resize(columns(false).size() - 1, {std::string(absent)});
    line.push_back({"not known: " + printable(internal::why(snapshot_, unknown, selection_.by)), Style::yellow});
    return line;
  }

  const Snapshot& snapshot_;
  const Names& names_;
  const Selection& selection_;
  LocalClock clock_;
};

/// The lines below the table: all of it in one sentence, what went wrong beside the pairs, and where the numbers come from.
class Summary {
 public:
  explicit Summary(const Snapshot& snapshot) : snapshot_(snapshot), groups_(aggregate(snapshot, by::group)) {
    for (const Total& group : groups_) read_.insert(group.group);
    for (const Unknown& unknown : snapshot.unknown) {
      if (internal::harmless(unknown)) {
        ++not_subscribed_;
      } else if (unknown.group == 0) {
        ++unknown_topics_;
      } else {
        (read_.contains(unknown.group) ? partly_known_ : not_known_).insert(unknown.group);
      }
    }
  }

  void append(std::string& out, bool colour) const {
    const bool failed = snapshot_.outcome == Outcome::failed;
    internal::append_styled(out, sentence(), failed ? Style::yellow : Style::plain, colour);
    out += '\n';
    // The first failure of a pass that failed is in the sentence already.
    for (std::size_t i = failed ? 1 : 0; i < snapshot_.failures.size(); ++i) {
      internal::append_styled(out, printable(internal::what_failed(snapshot_.failures[i])), Style::yellow, colour);
      out += '\n';
    }
    if (!snapshot_.dead_letters.empty()) out += dead_letters() + "\n";
    internal::append_styled(out, source(), Style::dim, colour);
    out += '\n';
  }

 private:
  std::string sentence() const {
    std::string out = snapshot_.outcome == Outcome::failed ? nothing_read() : lag();
    const auto add = [&out](const std::string& part) { append_part(out, " · ", part); };
    if (const std::string gone = brokers_gone(); !gone.empty()) add(gone);
    if (const std::int64_t unowned = unowned_queues(); unowned > 0) add(count(unowned, "queue") + " without a known owner");
    if (unknown_topics_ > 0) add(count(unknown_topics_, "topic") + " not known");
    if (!not_known_.empty()) add(count(not_known_.size(), "group") + " not known");
    if (!partly_known_.empty()) add(count(partly_known_.size(), "group") + " only partly known");
    if (not_subscribed_ > 0) add(count(not_subscribed_, "pair") + " without a subscription");
    if (const auto skipped = skipped_groups(Skip::broadcast)) add(count(skipped, "broadcast group") + " left out");
    if (const auto skipped = skipped_groups(Skip::ghost)) add(count(skipped, "ghost group") + " left out");
    if (const auto skipped = skipped_groups(Skip::filtered)) add(count(skipped, "group") + " left out by filters");
    return out;
  }

  /// "broker-b is gone": none of its rows were read, though the console answered.
  std::string brokers_gone() const {
    std::string names;
    int gone = 0;
    for (const BrokerState& broker : snapshot_.brokers) {
      if (broker.up.value_or(true)) continue;
      append_part(names, ", ", printable((*snapshot_.names)[broker.broker]));
      ++gone;
    }
    return gone == 0 ? names : names + (gone == 1 ? " is gone" : " are gone");
  }

  std::string nothing_read() const {
    std::string out = "nothing could be read";
    if (!snapshot_.failures.empty()) {
      append_part(out, ": ", printable(internal::what_failed(snapshot_.failures.front())));
    } else if (!snapshot_.unknown.empty()) {
      append_part(out, ": ", printable(internal::why(snapshot_, snapshot_.unknown.front(), 0)));
    }
    return out;
  }

  std::string lag() const {
    const bool all_known = snapshot_.outcome == Outcome::complete && unknown_topics_ == 0 && not_known_.empty() && partly_known_.empty();
    if (groups_.empty() && !all_known) return "no group could be read";
    if (groups_.empty()) return snapshot_.topics_read == 0 ? "no topic to read" : "no consumer groups";
    const auto behind = std::count_if(groups_.begin(), groups_.end(), [](const Total& group) { return group.lag > 0; });
    if (behind == 0) return all_known ? "no group is behind" : "no group that could be read is behind";
    const Total all = aggregate(snapshot_, 0).front();
    const bool held = all.saturated && all.lag == std::numeric_limits<std::int64_t>::max();
    return (held ? "at least " : "") + count(all.lag, "message") + " behind in " + with_thousands(behind) + " of " +
           count(groups_.size() + not_known_.size(), "group");
  }

  std::int64_t unowned_queues() const {
    std::int64_t sum = 0;
    for (const Total& group : groups_) sum += group.unowned_queues;
    return sum;
  }

  std::size_t skipped_groups(Skip reason) const {
    std::set<NameId> groups;
    for (const Skipped& skipped : snapshot_.skipped) {
      if (skipped.reason == reason) groups.insert(skipped.group);
    }
    return groups.size();
  }

  std::string dead_letters() const {
    std::string held;
    for (const DlqDepth& depth : snapshot_.dead_letters) {
      if (depth.messages == 0) continue;
      append_part(held, ", ", printable((*snapshot_.names)[depth.group]) + " " + with_thousands(depth.messages));
    }
    return held.empty() ? "no dead letters" : "dead letters: " + held;
  }

  /// "http://console:8080 (dashboard 2.1, NameServer 10.0.0.2:9876), 43 requests (12 for facts) in 1.2 s".
  std::string source() const {
    std::string console;
    append_part(console, "", printable(internal::generation_words(snapshot_.generation)));
    if (!snapshot_.namesrv.empty()) append_part(console, ", ", "NameServer " + printable(snapshot_.namesrv));

    std::string out = printable(snapshot_.url);
    if (!console.empty()) append_part(out, " ", "(" + console + ")");
    append_part(out, ", ", count(snapshot_.cost.requests, "request"));
    if (snapshot_.cost.fact_requests > 0) out += " (" + with_thousands(snapshot_.cost.fact_requests) + " for facts)";
    return out + " in " + seconds() + " s";
  }

  std::string seconds() const {
    std::array<char, 512> digits;  // as long as a double can be
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), snapshot_.cost.seconds, std::chars_format::fixed, 1).ptr;
    return {digits.data(), end};
  }

  const Snapshot& snapshot_;
  std::vector<Total> groups_;
  std::set<NameId> read_, not_known_, partly_known_;
  std::int64_t unknown_topics_ = 0, not_subscribed_ = 0;
};

}  // namespace

std::string lag_table(const Snapshot& snapshot, const TableOptions& options) {
  std::string out;
  TableLines(snapshot, options).append(out, options.colour);
  if (!out.empty()) out += '\n';
  Summary(snapshot).append(out, options.colour);
  return out;
}

}  // namespace rmqlag
