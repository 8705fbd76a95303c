// worker_test.cc: tasks run on one other thread, in their order, within bounds (worker.h).
#include "worker.h"

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.h"

using rmqlag::tools::Worker;

TEST_CASE("worker: tasks run one after the other, on a thread of its own") {
  Worker worker(100);
  std::vector<int> order;  // of the worker's thread until the last task has run
  std::promise<std::thread::id> done;
  for (int i = 0; i < 10; ++i) REQUIRE(worker.post([&order, i] { order.push_back(i); }));
  REQUIRE(worker.post([&done] { done.set_value(std::this_thread::get_id()); }));
  CHECK(done.get_future().get() != std::this_thread::get_id());
  CHECK(order == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("worker: too many that wait, and those after its end, are not taken") {
  Worker worker(2);
  std::promise<void> begun, go;
  REQUIRE(worker.post([&] {
    begun.set_value();
    go.get_future().wait();
  }));
  begun.get_future().wait();
  CHECK(worker.post([] {}));
  CHECK(worker.post([] {}));
  CHECK_FALSE(worker.post([] {}));
  go.set_value();
  worker.stop();
  CHECK_FALSE(worker.post([] {}));
}

TEST_CASE("worker: at its end the task under way is waited for, and what others hold is let go") {
  Worker worker(10);
  std::promise<void> begun, go;
  bool through = false;
  const auto held = std::make_shared<int>(7);
  REQUIRE(worker.post([&] {
    begun.set_value();
    go.get_future().wait();
    through = true;
  }));
  REQUIRE(worker.post([held] {}));
  begun.get_future().wait();
  std::thread opener([&go] { go.set_value(); });
  worker.stop();
  opener.join();
  CHECK(through);
  CHECK(held.use_count() == 1);
}
