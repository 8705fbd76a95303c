// source.cc: the loop that joins a collector to a transport (source.h).
#include "rmqlag/source.h"

#include <set>
#include <utility>

namespace rmqlag {
namespace {

class ConsoleSource : public Source {
 public:
  ConsoleSource(FinalConsoleConfig config, CollectOptions options, std::shared_ptr<HttpTransport> transport)
      : session_(std::move(config)), options_(std::move(options)), transport_(std::move(transport)) {}

  std::shared_ptr<const Snapshot> collect(const Collect& how) override {
    transport_->begin_collection();
    Collector collector(session_, slots_, options_, how.previous, how.deadline, transport_->now());
    std::set<std::uint64_t> under_way;
    while (!how.stop.stop_requested()) {
      auto step = collector.next(transport_->now());
      if (std::holds_alternative<Done>(step)) break;
      if (auto* send = std::get_if<Send>(&step)) {
        under_way.insert(send->id);
        transport_->start(send->id, std::move(send->request), send->timeout);
      } else if (auto ended = transport_->wait(std::get<WaitUntil>(step).until, how.stop)) {
        // Ids are the collector's: an answer to an earlier pass cannot be among them, since what is left over is abandoned below.
        under_way.erase(ended->id);
        collector.answer(ended->id, std::move(ended->result), transport_->now());
        if (how.progress) how.progress(collector.done(), collector.of());
      }
    }
    for (const std::uint64_t id : under_way) transport_->abandon(id);
    return std::move(collector).finish(transport_->now());
  }

 private:
  Session session_;
  HeldSlots slots_;
  CollectOptions options_;
  std::shared_ptr<HttpTransport> transport_;
};

}  // namespace

Source::~Source() = default;

Expected<std::unique_ptr<Source>> make_console_source(FinalConsoleConfig config, CollectOptions options,
                                                      std::shared_ptr<HttpTransport> transport) {
  const auto invalid = [](const char* message) { return Error{ErrorCode::invalid_argument, message}; };
  if (!transport) return invalid("no transport was given");
  if (options.concurrency < 0 || options.concurrency > 8) return invalid("concurrency must be from 1 to 8 (0: the default)");
  if (options.request_timeout.count() <= 0) return invalid("the request time-out must be above 0");
  if (options.stale_after.count() < 0) return invalid("the stale limit cannot be below 0");
  if (options.shards < 1 || options.shard < 1 || options.shard > options.shards) return invalid("the shard must be from 1 to the number of shards");
  return std::unique_ptr<Source>(std::make_unique<ConsoleSource>(std::move(config), std::move(options), std::move(transport)));
}

}  // namespace rmqlag
