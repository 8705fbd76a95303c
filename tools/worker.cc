// worker.cc: a thread for what takes long (worker.h).
#include "worker.h"

#include <utility>

namespace rmqlag::tools {

bool Worker::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (stopped_ || tasks_.size() >= most_waiting_) return false;
  tasks_.push_back(std::move(task));
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  posted_.notify_one();
  return true;
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  tasks_.clear();  // what they hold may speak of their end
}

void Worker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (posted_.wait(lock, stop, [this] { return !tasks_.empty(); }) && !stop.stop_requested()) {
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes before the lock is taken again
    lock.lock();
  }
}

}  // namespace rmqlag::tools
