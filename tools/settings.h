// settings.h: everything a command is told, typed and checked, wherever it came from.
// Filled by arguments.h through the table of flags.h; used by every command.
// Where the library has a type for it, that type is used; the defaults are in the table of flags.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http_server.h"
#include "log.h"
#include "rmqlag/aggregate.h"
#include "rmqlag/collector.h"
#include "rmqlag/console.h"
#include "rmqlag/curl_transport.h"
#include "rmqlag/metrics.h"

namespace rmqlag::tools {

enum class DumpFormat : std::uint8_t { table, json, csv, prometheus, openmetrics };

/// The proxies that the environment names; empty = none.
struct Proxies {
  std::string http, https, all;
  std::string except;  ///< no_proxy: a comma list of hosts and domains, "*" = every host
};

/// More than so many; none = no limit.
struct Limit {
  std::optional<std::int64_t> warn, crit;

  bool given() const { return warn || crit; }
};

/// What `check` alarms at, of any total.
struct CheckLimits {
  unsigned by = by::topic | by::group;
  Limit lag;
  Limit unowned_queues;
  bool strict = false;  ///< `not_subscribed` counts as unknown
};

/// What is read, and how.
struct SourceSettings {
  // A console or recordings, never both.
  ConsoleConfig console;
  std::vector<std::string> recordings;
  CurlOptions curl;
  Proxies proxies;

  CollectOptions collect;
  std::chrono::milliseconds deadline{};

  bool has_source() const { return !console.url.empty() || !recordings.empty(); }
};

/// A source under the name that a configuration file gives it.
struct Target {
  std::string name;
  SourceSettings source;
};

/// Its own source is that of the command line; `serve` may have none, and targets instead.
struct Settings : SourceSettings {
  std::string config_file;      ///< empty = none
  bool config_check = false;    ///< serve: look at everything it would need, and end
  std::string target;           ///< dump, record, check: the target of the file to read; its source is ours then
  std::vector<Target> targets;  ///< serve: all of the file, in its order

  // dump
  DumpFormat format{};
  Selection selection;             ///< but `top`
  std::optional<std::size_t> top;  ///< none: as fits where it is shown
  bool rows = false;
  bool fail_on_partial = false;
  bool colour_allowed = true;  ///< NO_COLOR is not set

  // dump, record
  std::string output;  ///< empty = standard output
  std::optional<std::int64_t> passes;  ///< record; none: all that the recordings hold; of a console, one

  CheckLimits check;

  // serve
  std::chrono::milliseconds interval{};  ///< 0 = on each scrape; record: between passes
  std::vector<ListenAddress> listen;
  std::string telemetry_path;
  std::string web_config_file;  ///< empty = plain HTTP for everybody
  int max_requests = 0;
  MetricOptions metrics;

  LogOptions log;
};

}  // namespace rmqlag::tools
