// sources.cc: what serve reads (sources.h).
#include "sources.h"

#include <utility>

namespace rmqlag::tools {
namespace {

/// Only of the same console: under another one the same names are other topics.
std::shared_ptr<const Snapshot> last_of(const Served* before, const Served& now) {
  if (before == nullptr || before->recording || before->url != now.url) return nullptr;
  return before->loop.latest();
}

std::string described(const SourceSettings& settings, const std::string& url) {
  if (settings.recordings.empty()) return url;
  std::string text = settings.recordings.size() == 1 ? "recording" : "recordings";
  for (const std::string& file : settings.recordings) text += ' ' + file;
  return text + " of " + url;
}

/// `name`: what the log calls it; empty: its URL.
Expected<std::shared_ptr<Served>> open(const std::string& name, SourceSettings settings, std::chrono::milliseconds interval,
                                       const MetricOptions& metrics, Log& log) {
  settings.collect.ask_members = true;
  auto connection = connect(settings);
  if (!connection) return std::move(connection).error();
  auto source = make_source(settings, *connection);
  if (!source) return std::move(source).error();
  std::string shown = name.empty() ? connection->console.base_url() : name;
  return std::make_shared<Served>(std::move(shown), settings, *std::move(connection), *std::move(source), interval, metrics, log);
}

}  // namespace

Served::Served(std::string name, const SourceSettings& settings, Connection connection, std::unique_ptr<Source> source,
               std::chrono::milliseconds interval_given, const MetricOptions& metrics, Log& log)
    : url(connection.console.base_url()),
      recording(connection.replay != nullptr),
      description(described(settings, url)),
      interval(interval_given),
      deadline(settings.deadline),
      exposition(metrics),
      loop(std::move(name), std::move(connection), std::move(source), {interval_given, settings.deadline}, log) {}

void Sources::start(const Sources& before) const {
  if (own != nullptr) {
    const auto prepare = [&exposition = own->exposition](const std::shared_ptr<const Snapshot>& snapshot) { exposition.prepare(snapshot); };
    own->loop.start(last_of(before.own.get(), *own), prepare);
  }
  for (const auto& [name, target] : targets) {
    const auto earlier = before.targets.find(name);
    target->loop.start(last_of(earlier == before.targets.end() ? nullptr : earlier->second.get(), *target));
  }
}

void Sources::stop() const {
  if (own != nullptr) own->loop.stop();
  for (const auto& [name, target] : targets) target->loop.stop();
}

Expected<std::shared_ptr<const Sources>> open_sources(const Settings& settings, Log& log) {
  const auto sources = std::make_shared<Sources>();
  if (settings.has_source()) {
    auto own = open("", settings, settings.interval, settings.metrics, log);
    if (!own) return std::move(own).error();
    sources->own = *std::move(own);
  }
  for (const Target& target : settings.targets) {
    constexpr std::chrono::milliseconds when_asked{0};
    auto served = open(target.name, target.source, when_asked, settings.metrics, log);
    if (!served) return served.error().with_prefix("target " + target.name);
    sources->targets.emplace(target.name, *std::move(served));
  }
  return std::shared_ptr<const Sources>(sources);
}

}  // namespace rmqlag::tools
