// collection_loop_test.cc: who shares which collection, and who is answered when.
#include "collection_loop.h"

#include <algorithm>
#include <future>
#include <latch>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;
using namespace std::chrono_literals;

namespace {

/// What the passes of a source do, seen and steered from the test.
class Stage {
 public:
  /// Waits until `count` passes have begun.
  void await_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return deadlines_.size() >= count; }));
  }
  /// Lets one pass end, now or when it comes.
  void let_end(Outcome outcome = Outcome::complete, Reason reason = Reason::timeout) {
    const std::lock_guard lock(mutex_);
    ends_.emplace_back(outcome, reason);
    changed_.notify_all();
  }
  std::vector<Steady> deadlines() {
    const std::lock_guard lock(mutex_);
    return deadlines_;
  }

  std::shared_ptr<const Snapshot> play(const Collect& how) {
    std::unique_lock lock(mutex_);
    deadlines_.push_back(how.deadline);
    changed_.notify_all();
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->names = std::make_shared<const Names>();
    snapshot->pass = how.previous != nullptr ? how.previous->pass + 1 : 1;
    if (!changed_.wait(lock, how.stop, [&] { return ended_ < ends_.size(); })) return snapshot;
    const auto [outcome, reason] = ends_[ended_++];
    snapshot->outcome = outcome;
    if (outcome != Outcome::complete) snapshot->failures.push_back({"topic list", reason, "why " + std::to_string(snapshot->pass)});
    return snapshot;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Steady> deadlines_;
  std::vector<std::pair<Outcome, Reason>> ends_;
  std::size_t ended_ = 0;
};

class StagedSource : public Source {
 public:
  explicit StagedSource(Stage& stage) : stage_(stage) {}
  std::shared_ptr<const Snapshot> collect(const Collect& how) override { return stage_.play(how); }

 private:
  Stage& stage_;
};

class Lines {
 public:
  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

struct Fixture {
  explicit Fixture(Pace pace) : loop("test", connection(), std::make_unique<StagedSource>(stage), pace, log) {}

  static Connection connection() {
    ConsoleConfig config;
    config.url = "c:1";
    return {*finalize(config), nullptr};
  }

  /// The number of the pass that somebody who asks is given; 0 = there was none.
  std::future<std::uint64_t> ask(std::chrono::milliseconds time) {
    const auto promise = std::make_shared<std::promise<std::uint64_t>>();
    loop.ask(time, [promise](const std::shared_ptr<const Snapshot>& snapshot) { promise->set_value(snapshot ? snapshot->pass : 0); });
    return promise->get_future();
  }

  Stage stage;
  Lines lines;
  Log log{{LogLevel::info, LogFormat::logfmt}, [this](std::string_view line) { lines.add(line); }};
  CollectionLoop loop;
};

std::uint64_t given(std::future<std::uint64_t> pass) {
  REQUIRE(pass.wait_for(30s) == std::future_status::ready);
  return pass.get();
}

bool waits(const std::future<std::uint64_t>& pass) { return pass.wait_for(0s) == std::future_status::timeout; }

}  // namespace

TEST_CASE("collection on demand: nothing is read before somebody asks") {
  Fixture f({0ms, 60s});
  f.loop.start(nullptr);
  CHECK(f.loop.latest() == nullptr);
  const Steady begin = std::chrono::steady_clock::now();
  auto first = f.ask(10s);
  f.stage.await_begun(1);
  CHECK(f.stage.deadlines().front() >= begin + 10s);
  CHECK(f.stage.deadlines().front() <= std::chrono::steady_clock::now() + 10s);
  CHECK(waits(first));
  f.stage.let_end();
  CHECK(given(std::move(first)) == 1);
  CHECK(f.loop.latest()->pass == 1);
}

TEST_CASE("collection: each snapshot is handed on once everybody has it") {
  Fixture f({0ms, 60s});
  std::promise<std::uint64_t> handed_on;
  f.loop.start(nullptr, [&](const std::shared_ptr<const Snapshot>& snapshot) {
    handed_on.set_value(f.loop.latest() == snapshot ? snapshot->pass : 0);
  });
  auto asked = f.ask(10s);
  f.stage.let_end();
  CHECK(given(std::move(asked)) == 1);
  CHECK(given(handed_on.get_future()) == 1);
}

TEST_CASE("collection on demand: who asks meanwhile shares the pass, who comes later starts another") {
  Fixture f({0ms, 60s});
  f.loop.start(nullptr);
  auto first = f.ask(10s);
  f.stage.await_begun(1);
  auto second = f.ask(10s);
  auto third = f.ask(20s);
  CHECK(waits(second));
  f.stage.let_end();
  CHECK(given(std::move(first)) == 1);
  CHECK(given(std::move(second)) == 1);
  CHECK(given(std::move(third)) == 1);
  auto later = f.ask(30s);
  f.stage.let_end();
  CHECK(given(std::move(later)) == 2);
  CHECK(f.stage.deadlines().size() == 2);
}

TEST_CASE("collection on demand: who cannot wait for the pass is given the last snapshot at once") {
  Fixture f({0ms, 60s});
  f.loop.start(nullptr);
  auto first = f.ask(300s);
  CHECK(given(f.ask(10s)) == 0);
  f.stage.let_end();
  CHECK(given(std::move(first)) == 1);
  auto second = f.ask(300s);
  CHECK(given(f.ask(10s)) == 1);
  f.stage.let_end();
  CHECK(given(std::move(second)) == 2);
}

TEST_CASE("collection on demand: many at once with the same time share one pass") {
  Fixture f({0ms, 60s});
  f.loop.start(nullptr);
  constexpr int many = 50;
  std::latch all_have_asked(many);
  const auto ask = [&] {
    auto pass = f.ask(10s);
    all_have_asked.count_down();
    return pass.get();
  };
  std::vector<std::future<std::uint64_t>> asked;
  for (int i = 0; i < many; ++i) asked.push_back(std::async(std::launch::async, ask));
  all_have_asked.wait();
  CHECK(std::ranges::all_of(asked, waits));
  f.stage.let_end();
  for (auto& one : asked) CHECK(given(std::move(one)) == 1);
}

TEST_CASE("collection on demand: the end answers whoever waits with what is known") {
  Fixture f({0ms, 60s});
  auto early = f.ask(10s);
  CHECK(given(std::move(early)) == 0);  // not started
  const auto handed_on = std::make_shared<Snapshot>();
  handed_on->pass = 7;
  f.loop.start(handed_on);
  auto waiting = f.ask(10s);
  f.stage.await_begun(1);
  f.loop.stop();
  CHECK(given(std::move(waiting)) == 7);
  CHECK(given(f.ask(10s)) == 7);
  CHECK(f.loop.latest() == handed_on);
}

TEST_CASE("collection in the background: one pass after the other, none longer than the interval") {
  Fixture f({20ms, 60s});
  f.loop.start(nullptr);
  for (std::size_t pass = 1; pass <= 3; ++pass) {
    f.stage.await_begun(pass);
    CHECK(f.stage.deadlines().back() - std::chrono::steady_clock::now() <= 20ms);
    f.stage.let_end();
  }
  f.stage.await_begun(4);
  CHECK(f.loop.latest()->pass == 3);
  f.loop.stop();
  CHECK(f.loop.latest()->pass == 3);  // the fourth was not to its end
}

TEST_CASE("collection: the log has one line a change of state") {
  Fixture f({0ms, 60s});
  f.loop.start(nullptr);
  const auto pass = [&f](Outcome outcome, Reason reason = Reason::timeout) {
    auto asked = f.ask(10s);
    f.stage.let_end(outcome, reason);
    given(std::move(asked));
  };
  for (int i = 0; i < 3; ++i) pass(Outcome::complete);
  for (int i = 0; i < 3; ++i) pass(Outcome::failed, Reason::refused);
  for (int i = 0; i < 3; ++i) pass(Outcome::failed, Reason::dns);
  for (int i = 0; i < 3; ++i) pass(Outcome::partial, Reason::deadline);
  pass(Outcome::complete);
  const auto lines = f.lines.all();
  REQUIRE(lines.size() == 5);
  CHECK_THAT(lines[0], ContainsSubstring("level=info msg=collected source=test outcome=complete"));
  CHECK_THAT(lines[1], ContainsSubstring("level=error msg=\"nothing could be collected\"") && ContainsSubstring("why 4"));
  CHECK_THAT(lines[2], ContainsSubstring("why 7"));
  CHECK_THAT(lines[3], ContainsSubstring("level=warn msg=\"partly collected\""));
  CHECK_THAT(lines[4], ContainsSubstring("level=info msg=\"collected again\" source=test outcome=complete"));
}
