// collection_loop.cc: reads a source on a thread of its own (collection_loop.h).
#include "collection_loop.h"

#include <algorithm>
#include <set>
#include <utility>

#include "shortfall.h"

namespace rmqlag::tools {
namespace {

/// Now a little shorter, now a little longer, so that many exporters of one console drift apart.
std::chrono::milliseconds jittered(std::chrono::milliseconds time, std::minstd_rand& random) {
  std::uniform_int_distribution<std::int64_t> some(-time.count() / 20, time.count() / 20);
  return time + std::chrono::milliseconds(some(random));
}

std::string milliseconds_text(double seconds) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(seconds)).count()) + "ms";
}

/// How it went, and why not better. No counts: they change all the time, and each change of this text is a line in the log.
std::string state_of(const Snapshot& snapshot) {
  std::set<Reason> reasons;
  for (const Failure& failure : snapshot.failures) reasons.insert(failure.reason);
  for (const Unknown& unknown : snapshot.unknown) {
    if (unknown.reason != Reason::not_subscribed) reasons.insert(unknown.reason);
  }
  std::string text(to_string(snapshot.outcome));
  for (const Reason reason : reasons) text.append(" ").append(to_string(reason));
  return text;
}

}  // namespace

CollectionLoop::CollectionLoop(std::string name, Connection connection, std::unique_ptr<Source> source, Pace pace, Log& log)
    : name_(std::move(name)), connection_(std::move(connection)), source_(std::move(source)), pace_(pace), log_(log) {
  if (connection_.replay != nullptr) connection_.replay->run_clock(true);
}

CollectionLoop::~CollectionLoop() { stop(); }

void CollectionLoop::start(std::shared_ptr<const Snapshot> previous, Taker after_each) {
  const std::lock_guard lock(mutex_);
  after_each_ = std::move(after_each);
  latest_ = std::move(previous);
  running_ = true;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void CollectionLoop::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  std::vector<Taker> takers;
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    takers.swap(takers_);
  }
  for (const Taker& take : takers) take(latest());
}

std::shared_ptr<const Snapshot> CollectionLoop::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

void CollectionLoop::ask(std::chrono::milliseconds time, Taker take) {
  {
    const std::lock_guard lock(mutex_);
    const Steady deadline = std::chrono::steady_clock::now() + time;  // within the lock: of those with the same time, the first is first
    if (running_ && deadline_.value_or(deadline) <= deadline) {
      if (!deadline_) deadline_ = deadline;
      takers_.push_back(std::move(take));
      asked_.notify_one();
      return;
    }
  }
  take(latest());
}

void CollectionLoop::run(const std::stop_token& stop) {
  while (const auto deadline = next_pass(stop)) {
    const Steady end = connection_.replay != nullptr ? Steady::max() : *deadline;  // a recording never times out
    const auto snapshot = source_->collect({end, latest(), {}, stop});
    if (stop.stop_requested()) return;
    report(*snapshot);
    publish(snapshot);
    if (after_each_) after_each_(snapshot);
  }
}

std::optional<Steady> CollectionLoop::next_pass(const std::stop_token& stop) {
  const auto is_asked = [this] { return deadline_.has_value(); };
  const bool by_itself = pace_.interval.count() > 0;
  std::unique_lock lock(mutex_);
  if (by_itself) {
    asked_.wait_until(lock, stop, due_, is_asked);
  } else {
    asked_.wait(lock, stop, is_asked);
  }
  if (stop.stop_requested()) return std::nullopt;
  const Steady now = std::chrono::steady_clock::now();
  if (by_itself) due_ = now + jittered(pace_.interval, random_);
  if (!deadline_) deadline_ = now + std::min(pace_.deadline, pace_.interval);  // a pass must not meet the next one at the console
  return deadline_;
}

void CollectionLoop::publish(const std::shared_ptr<const Snapshot>& snapshot) {
  auto old = snapshot;
  std::vector<Taker> takers;
  {
    const std::lock_guard lock(mutex_);
    latest_.swap(old);  // the old one is freed outside the lock
    takers.swap(takers_);
    deadline_.reset();
  }
  for (const Taker& take : takers) take(snapshot);
}

void CollectionLoop::report(const Snapshot& snapshot) {
  const std::string outcome(to_string(snapshot.outcome));
  log_.debug("collection ended", {{"source", name_},
                                  {"outcome", outcome},
                                  {"requests", std::to_string(snapshot.cost.requests)},
                                  {"bytes", std::to_string(snapshot.cost.bytes)},
                                  {"took", milliseconds_text(snapshot.cost.seconds)}});
  std::string state = state_of(snapshot);
  if (state == state_) return;
  const bool again = !state_.empty();
  state_ = std::move(state);
  if (state_ == outcome) {
    log_.info(again ? "collected again" : "collected",
              {{"source", name_}, {"outcome", outcome}, {"topics", std::to_string(snapshot.topics_read)}});
    return;
  }
  const std::string missing = shortfall(snapshot).text();
  if (snapshot.outcome == Outcome::failed) {
    log_.error("nothing could be collected", {{"source", name_}, {"why", missing}});
  } else {
    log_.warn("partly collected", {{"source", name_}, {"outcome", outcome}, {"missing", missing}});
  }
}

}  // namespace rmqlag::tools
