// check.cc: the command `check` (check.h).
#include "check.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "interrupt.h"
#include "log.h"
#include "rmqlag/aggregate.h"
#include "shortfall.h"
#include "source_setup.h"
#include "standard_output.h"

namespace rmqlag::tools {
namespace {

constexpr std::size_t most_named = 3;
constexpr std::size_t longest_text = 900;  // bytes: the oldest relays between plug-ins and monitors carry 1024

/// By the exit codes of monitoring plug-ins.
enum class Status : std::uint8_t { ok, warning, critical, unknown };
constexpr std::array<std::string_view, 4> status_names{"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/// A total above a limit.
struct Finding {
  Status status = Status::ok;
  std::int64_t amount = 0;
  std::string text;
};

std::string with_thousands(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t first_digit = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first_digit + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return with_thousands(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty() && !part.empty()) text += separator;
    text += part;
  }
  return text;
}

/// "a, b, c and 5 more".
std::string first_of(std::vector<std::string> texts) {
  const std::size_t all = texts.size();
  texts.resize(std::min(all, most_named));
  std::string text = joined(texts, ", ");
  if (all > most_named) text += " and " + with_thousands(static_cast<std::int64_t>(all - most_named)) + " more";
  return text;
}

/// On one line, whole characters, and without the sign that begins the performance data.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '|') {
      out += "\u00a6";
    } else {
      out += c;
    }
  }
  if (out.size() <= longest_text) return out;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0U) == 0x80U) --end;
  return out.substr(0, end) + "...";
}

Status status_of(std::int64_t value, const Limit& limit) {
  if (limit.crit && value > *limit.crit) return Status::critical;
  if (limit.warn && value > *limit.warn) return Status::warning;
  return Status::ok;
}

/// Turns a snapshot into a verdict. Unknown is not OK, whatever the rest.
class Judgement {
 public:
  Judgement(const Snapshot& snapshot, const CheckLimits& limits, const CollectOptions& asked)
      : snapshot_(snapshot), names_(*snapshot.names), limits_(limits), totals_(select(snapshot, {limits.by})) {
    compare();
    gather_unknown();
    look_for(asked);
  }

  Verdict verdict() const {
    const Status worst = findings_.empty() ? Status::ok : findings_.front().status;
    const Status status = unknown_.empty() || worst == Status::critical ? worst : Status::unknown;
    const std::string above = first_of(texts());
    const std::string not_known = (unknown_.empty() || nothing_read() ? "" : "not known: ") + first_of(unknown_);
    const bool unknown_first = status == Status::unknown;
    const std::string text = joined({unknown_first ? not_known : above, unknown_first ? above : not_known,
                                     status == Status::ok ? calm() : "", remarks()},
                                    "; ");
    return {static_cast<int>(status),
            std::string(status_names.at(static_cast<std::size_t>(status))) + " - " + plain(text) + " | " + performance_data(status)};
  }

 private:
  bool nothing_read() const { return snapshot_.outcome == Outcome::failed; }
  std::string name(NameId id) const { return std::string(names_[id]); }

  /// "billing on orders", "orders broker-a queue 3", "10.0.0.8 2211".
  std::string subject(const Total& total) const {
    const auto has = [this](unsigned dimensions) { return (limits_.by & dimensions) != 0; };
    std::vector<std::string> parts;
    if (has(by::group)) parts.push_back(name(total.group));
    if (has(by::topic)) parts.push_back((has(by::group) ? "on " : "") + name(total.topic));
    if (has(by::broker)) parts.push_back(name(total.broker));
    if (has(by::queue)) parts.push_back("queue " + std::to_string(total.queue));
    if (has(by::host | by::process)) {
      const bool owned = total.host != 0 || total.process != 0;
      parts.push_back(owned ? joined({name(total.host), name(total.process)}, " ") : "owner unknown");
    }
    return parts.empty() ? "everything" : joined(parts, " ");
  }

  std::string behind(const Total& total) const { return subject(total) + ": " + counted(total.lag, "message") + " behind"; }

  void compare() {
    for (const Total& total : totals_) {
      add_finding(status_of(total.lag, limits_.lag), total.lag, behind(total));
      add_finding(status_of(total.unowned_queues, limits_.unowned_queues), total.unowned_queues,
                  subject(total) + ": " + counted(total.unowned_queues, "queue") + " without a known owner");
      if (total.incomplete) ++incomplete_;
    }
    std::ranges::stable_sort(findings_, [](const Finding& a, const Finding& b) {
      return std::pair(b.status, b.amount) < std::pair(a.status, a.amount);
    });
  }

  void add_finding(Status status, std::int64_t amount, std::string text) {
    if (status != Status::ok) findings_.push_back({status, amount, std::move(text)});
  }

  void gather_unknown() {
    if (nothing_read()) {
      unknown_.push_back("nothing could be read from " + snapshot_.url + ": " + shortfall(snapshot_).text());
      return;
    }
    for (const Failure& failure : snapshot_.failures) unknown_.push_back(failure.target + " (" + failure.message + ")");
    for (const Unknown& unknown : snapshot_.unknown) {
      if (unknown.reason == Reason::not_subscribed && !limits_.strict) {
        ++not_subscribed_;
      } else {
        unknown_.push_back(described(unknown));
      }
    }
    if (unknown_.empty() && snapshot_.outcome != Outcome::complete) unknown_.emplace_back("something (the reading is not complete)");
  }

  /// "archive on audit (the console returned no queues)".
  std::string described(const Unknown& unknown) const {
    std::string text = unknown.group == 0 ? "topic " + name(unknown.topic) : name(unknown.group);
    if (unknown.group != 0 && unknown.topic != 0) text += " on " + name(unknown.topic);
    return text + " (" + (unknown.message.empty() ? std::string(to_string(unknown.reason)) : unknown.message) + ")";
  }

  /// Whoever misspells a name must not be told that all is well.
  void look_for(const CollectOptions& asked) {
    if (nothing_read()) return;
    const std::vector<Total> pairs = aggregate(snapshot_, by::topic | by::group);
    look_for("topic", asked.topics, pairs, &Total::topic, &Unknown::topic, &Skipped::topic);
    look_for("group", asked.groups, pairs, &Total::group, &Unknown::group, &Skipped::group);
    if (pairs.empty() && unknown_.empty()) unknown_.emplace_back("anything (no consumer group was found)");
  }

  void look_for(std::string_view kind, const NameFilter& filter, const std::vector<Total>& pairs, NameId Total::*in_total,
                NameId Unknown::*in_unknown, NameId Skipped::*in_skipped) {
    for (const std::string& wanted : filter.literal_names().value_or(std::vector<std::string>{})) {
      const NameId id = names_.find(wanted);
      const bool read = id != 0 && std::ranges::find(pairs, id, in_total) != pairs.end();
      const bool told = id != 0 && std::ranges::find(snapshot_.unknown, id, in_unknown) != snapshot_.unknown.end();
      if (read || told) continue;
      const auto skipped = std::ranges::find(snapshot_.skipped, id, in_skipped);
      const bool left_out = id != 0 && skipped != snapshot_.skipped.end();
      const std::string why = left_out ? "left out: " + std::string(to_string(skipped->reason)) : "nothing was found under this name";
      unknown_.push_back(std::string(kind) + ' ' + wanted + " (" + why + ")");
    }
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const Finding& finding : findings_) all.push_back(finding.text);
    return all;
  }

  /// What to say where nothing is above a limit and nothing is unknown.
  std::string calm() const {
    const std::string of = with_thousands(static_cast<std::int64_t>(totals_.size()));
    const Total& worst = totals_.front();  // else something is unknown
    if (worst.lag == 0) return "nothing is behind (" + of + " checked)";
    return behind(worst) + (totals_.size() == 1 ? "" : ", the most of " + of);
  }

  std::string remarks() const {
    return joined({not_subscribed_ == 0 ? "" : counted(not_subscribed_, "pair") + " without a subscription",
                   incomplete_ == 0 ? "" : with_thousands(incomplete_) + " with fewer queues than other groups of the topic show"},
                  "; ");
  }

  /// The largest amount of any total, with the limits. While something is unknown, so is the largest: U, unless it is bad enough as it is.
  std::string performance_data(Status status) const {
    const auto value = [this, status](std::int64_t Total::*amount) {
      if (status == Status::unknown || totals_.empty()) return std::string("U");
      return std::to_string((*std::ranges::max_element(totals_, {}, amount)).*amount);
    };
    const auto limits = [](const Limit& limit) {
      std::string text;
      if (limit.warn || limit.crit) text += ';' + (limit.warn ? std::to_string(*limit.warn) : "");
      if (limit.crit) text += ';' + std::to_string(*limit.crit);
      return text;
    };
    std::string data = "lag=" + value(&Total::lag) + limits(limits_.lag);
    if (limits_.unowned_queues.given()) data += " unowned_queues=" + value(&Total::unowned_queues) + limits(limits_.unowned_queues);
    return data;
  }

  const Snapshot& snapshot_;
  const Names& names_;
  const CheckLimits& limits_;
  const std::vector<Total> totals_;  // the largest lag first
  std::vector<Finding> findings_;    // the worst first
  std::vector<std::string> unknown_;
  std::int64_t not_subscribed_ = 0;
  std::int64_t incomplete_ = 0;
};

int tell(int exit_code, const std::string& line) { return print(line + '\n') ? exit_code : static_cast<int>(Status::unknown); }

}  // namespace

Verdict judge(const Snapshot& snapshot, const CheckLimits& limits, const CollectOptions& asked) {
  return Judgement(snapshot, limits, asked).verdict();
}

int check(const Settings& settings) {
  const Interrupt interrupt;
  const auto connection = connect(settings);
  if (!connection) return check_is_unknown(connection.error().message);
  const auto source = make_source(settings, *connection);
  if (!source) return check_is_unknown(source.error().message);
  const auto snapshot = read_once(settings, *connection, **source, {}, interrupt.token());
  if (interrupt.requested()) return check_is_unknown("interrupted");
  const Verdict verdict = judge(*snapshot, settings.check, settings.collect);
  return tell(verdict.exit_code, verdict.line);
}

int check_is_unknown(std::string_view why) {
  return tell(static_cast<int>(Status::unknown), "UNKNOWN - " + plain(std::string(why)));
}

}  // namespace rmqlag::tools
