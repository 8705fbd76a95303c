// metric_totals.cc: the totals that metric families show. See metric_totals.h.
#include "metric_totals.h"

#include <algorithm>
#include <span>
#include <utility>

#include "grouping.h"

namespace rmqlag::internal {
namespace {

constexpr unsigned by_process = by::host | by::process;

/// A total on its own, and what its sums lack.
template <class AnyTotal>
struct ExactTotal {
  AnyTotal total;
  Rounds rounds = {};

  void add(const SumsOf<AnyTotal>& sums, std::span<const Row> rows) {
    if (sums.add_to(total, rows.size())) return;
    for (const Row& row : rows) internal::add(total, rounds, row);
  }
  /// Rows that all belong to it.
  void add(std::span<const Row> rows) {
    each_run<AnyTotal>(rows, KeyMask(0), [this](const SumsOf<AnyTotal>& sums, std::span<const Row> run) { add(sums, run); });
  }
  const AnyTotal& settled() {
    settle(total, rounds);
    return total;
  }
};

void merge(ExactTotal<BriefTotal>& to, const ExactTotal<BriefTotal>& more) {
  add(to.total.diff, to.rounds.diff, more.total.diff);
  add(to.total.lag, to.rounds.lag, more.total.lag);
  to.rounds.diff += more.rounds.diff;
  to.rounds.lag += more.rounds.lag;
  to.total.queues += more.total.queues;
}

PairTotal compact(const Total& total) {
  const auto count = [](std::int64_t queues) { return static_cast<std::int32_t>(queues); };  // of rows that are in memory
  return {.topic = total.topic,
          .group = total.group,
          .queues = count(total.queues),
          .unowned_queues = count(total.unowned_queues),
          .ahead_queues = count(total.ahead_queues),
          .uncommitted_queues = count(total.uncommitted_queues),
          .diff = total.diff,
          .lag = total.lag,
          .ahead = total.ahead,
          .unowned_lag = total.unowned_lag,
          .broker_offset = total.broker_offset,
          .consumer_offset = total.consumer_offset,
          .oldest_consumed_ms = total.oldest_consumed_ms,
          .read_at = total.read_at,
          .carried = total.carried,
          .incomplete = total.incomplete};
}

/// Pairs, in the order of the parts, which is that of names.
class Pairs {
 public:
  explicit Pairs(const Snapshot& snapshot) {
    pairs_.reserve(number_of_parts(snapshot));  // not a byte more: they are many
  }

  void add(const PartRows& part) {
    if (pair_.total.topic != part.topic || pair_.total.group != part.part.group) finish();
    pair_.total.topic = part.topic;
    pair_.total.group = part.part.group;
    pair_.add(part.rows);
    part.mark(pair_.total);
  }

  std::vector<PairTotal> take() {
    finish();
    return std::move(pairs_);
  }

 private:
  void finish() {
    if (pair_.total.queues != 0) pairs_.push_back(compact(pair_.settled()));
    pair_ = {};
  }

  ExactTotal<Total> pair_;  // the one under way
  std::vector<PairTotal> pairs_;
};

/// The processes of one pair: mostly a few, and each mostly holds queues side by side.
class PairProcesses {
 public:
  explicit PairProcesses(const Names& names) : names_(names) {}

  void add(const PartRows& part) {
    each_run<BriefTotal>(part.rows, mask_, [&](const BriefSums& sums, std::span<const Row> rows) {
      const Row& row = rows.front();
      totals_.push_back({{part.topic, part.part.group, 0, row.host, row.process}});
      totals_.back().add(sums, rows);
    });
  }

  bool are_of(const PartRows& part) const {
    return totals_.empty() || (totals_.front().total.topic == part.topic && totals_.front().total.group == part.part.group);
  }

  /// Hands them over, each once, by names. There are none afterwards.
  void hand_over(const UseBriefTotal& use) {
    std::ranges::sort(totals_, [this](const auto& a, const auto& b) { return before(a.total, b.total, names_); });
    for (auto first = totals_.begin(); first != totals_.end();) {
      auto next = first + 1;
      for (; next != totals_.end() && next->total.host == first->total.host && next->total.process == first->total.process; ++next) {
        merge(*first, *next);
      }
      use(first->settled());
      first = next;
    }
    totals_.clear();
  }

 private:
  const Names& names_;
  const KeyMask mask_{by_process};
  std::vector<ExactTotal<BriefTotal>> totals_;
};

}  // namespace

MetricTotals metric_totals(const Snapshot& snapshot, bool compatible) {
  Pairs pairs(snapshot);
  Grouping<BriefTotal> brokers_read(snapshot, by::broker), groups(snapshot, by::group), processes(snapshot, by_process),
      queues(snapshot, by::broker | by::queue);
  bool all_read = true;
  each_part(snapshot, [&](const PartRows& part) {
    pairs.add(part);
    all_read &= !part.carried;
    if (!part.carried) brokers_read.add(part);
    if (!compatible) return;
    groups.add(part);
    processes.add(part);
    queues.add(part);
  });
  const Names& names = *snapshot.names;
  MetricTotals totals{pairs.take(), brokers_read.take(names), {}, groups.take(names), processes.take(names), queues.take(names)};
  if (!compatible) return totals;
  Grouping<BriefTotal> brokers(snapshot, by::broker);
  if (!all_read) each_part(snapshot, [&](const PartRows& part) { brokers.add(part); });
  totals.brokers = all_read ? totals.brokers_read : brokers.take(names);
  return totals;
}

void each_topic_total(const Snapshot& snapshot, const UseBriefTotal& use) {
  for (const auto& block : snapshot.blocks) {
    ExactTotal<BriefTotal> topic{{block->topic}};
    topic.add(block->rows);
    use(topic.settled());
  }
}

void each_process_total(const Snapshot& snapshot, const UseBriefTotal& use) {
  PairProcesses processes(*snapshot.names);
  each_part(snapshot, [&](const PartRows& part) {
    if (!processes.are_of(part)) processes.hand_over(use);
    processes.add(part);
  });
  processes.hand_over(use);
}

}  // namespace rmqlag::internal
