// http.cc: what all transports share, and the transport over a blocking client (http.h).
#include "rmqlag/http.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "ascii.h"

namespace rmqlag {
namespace {

void sleep_until(Steady until, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never_notified;  // of the ways to sleep, this one wakes when a stop is requested
  never_notified.wait_until(lock, stop, until, [] { return false; });
}

class BlockingTransport final : public HttpTransport {
 public:
  using Send = std::function<Expected<HttpResponse>(const HttpRequest&, std::chrono::milliseconds)>;

  explicit BlockingTransport(Send send) : send_(std::move(send)) {}

  void start(std::uint64_t id, HttpRequest request, std::chrono::milliseconds timeout) override {
    queue_.push_back({id, std::move(request), timeout});
  }

  std::optional<Completion> wait(Steady until, std::stop_token stop) override {
    if (queue_.empty()) sleep_until(until, stop);
    if (queue_.empty() || stop.stop_requested()) return std::nullopt;
    const Queued next = std::move(queue_.front());
    queue_.pop_front();
    return Completion{next.id, send_(next.request, next.timeout)};
  }

  void abandon(std::uint64_t id) override {
    std::erase_if(queue_, [id](const Queued& queued) { return queued.id == id; });
  }

  Now now() const override { return system_now(); }

 private:
  struct Queued {
    std::uint64_t id;
    HttpRequest request;
    std::chrono::milliseconds timeout;
  };

  Send send_;
  std::deque<Queued> queue_;
};

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (internal::equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

HttpTransport::~HttpTransport() = default;

Now system_now() {
  return {std::chrono::steady_clock::now(), std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())};
}

std::unique_ptr<HttpTransport> blocking(
    std::function<Expected<HttpResponse>(const HttpRequest&, std::chrono::milliseconds timeout)> send) {
  return std::make_unique<BlockingTransport>(std::move(send));
}

}  // namespace rmqlag
