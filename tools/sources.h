// sources.h: what serve reads: a source of its own for the telemetry path, and the targets of the configuration file for /probe.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "collection_loop.h"
#include "exposition.h"
#include "log.h"
#include "rmqlag/expected.h"
#include "settings.h"
#include "source_setup.h"

namespace rmqlag::tools {

/// A source that is collected and shown.
struct Served {
  Served(std::string name, const SourceSettings& settings, Connection connection, std::unique_ptr<Source> source,
         std::chrono::milliseconds interval, const MetricOptions& metrics, Log& log);

  const std::string url;
  const bool recording;
  const std::string description;  ///< the URL; of recordings their names, too
  const std::chrono::milliseconds interval;  ///< 0 = it is read when somebody asks
  const std::chrono::milliseconds deadline;  ///< of a pass for a scrape that does not say how long it waits
  Exposition exposition;
  CollectionLoop loop;  // last: it uses the exposition
};

struct Sources {
  std::shared_ptr<Served> own;  ///< null = there are targets only
  std::map<std::string, std::shared_ptr<Served>, std::less<>> targets;

  /// Instead of `before`, which has been stopped: a source of the same console gets its last snapshot.
  void start(const Sources& before) const;
  /// To be called before the last hold on a started source goes: whoever waits for it is answered.
  void stop() const;
};

/// Asks no console anything yet. Errors name the flag, the file or the target.
Expected<std::shared_ptr<const Sources>> open_sources(const Settings& settings, Log& log);

}  // namespace rmqlag::tools
