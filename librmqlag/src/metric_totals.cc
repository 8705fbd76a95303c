// metric_totals.cc: the totals that metric families show. See metric_totals.h.
#include "metric_totals.h"

#include <algorithm>
#include <span>

#include "grouping.h"

namespace rmqlag::internal {
namespace {

constexpr unsigned by_process = by::host | by::process;

/// A total on its own, and what its sums lack.
struct ExactTotal {
  BriefTotal total;
  Rounds rounds = {};

  void add(const BriefSums& sums, std::span<const Row> rows) {
    if (sums.add_to(total, rows.size())) return;
    for (const Row& row : rows) internal::add(total, rounds, row);
  }
  void add(const ExactTotal& more) {
    internal::add(total.diff, rounds.diff, more.total.diff);
    internal::add(total.lag, rounds.lag, more.total.lag);
    rounds.diff += more.rounds.diff;
    rounds.lag += more.rounds.lag;
    total.queues += more.total.queues;
  }
  const BriefTotal& settled() {
    settle(total, rounds);
    return total;
  }
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
    std::ranges::sort(totals_, [this](const ExactTotal& a, const ExactTotal& b) { return before(a.total, b.total, names_); });
    for (auto first = totals_.begin(); first != totals_.end();) {
      auto next = first + 1;
      for (; next != totals_.end() && next->total.host == first->total.host && next->total.process == first->total.process; ++next) {
        first->add(*next);
      }
      use(first->settled());
      first = next;
    }
    totals_.clear();
  }

 private:
  const Names& names_;
  const KeyMask mask_{by_process};
  std::vector<ExactTotal> totals_;
};

}  // namespace

MetricTotals metric_totals(const Snapshot& snapshot, bool compatible) {
  Grouping<Total> pairs(snapshot, by::topic | by::group);
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
  MetricTotals totals{pairs.take(names), brokers_read.take(names), {}, groups.take(names), processes.take(names), queues.take(names)};
  if (!compatible) return totals;
  Grouping<BriefTotal> brokers(snapshot, by::broker);
  if (!all_read) each_part(snapshot, [&](const PartRows& part) { brokers.add(part); });
  totals.brokers = all_read ? totals.brokers_read : brokers.take(names);
  return totals;
}

void each_topic_total(const Snapshot& snapshot, const UseBriefTotal& use) {
  for (const auto& block : snapshot.blocks) {
    ExactTotal topic{{block->topic}};
    each_run<BriefTotal>(block->rows, KeyMask(0), [&](const BriefSums& sums, std::span<const Row> rows) { topic.add(sums, rows); });
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
