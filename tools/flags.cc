// flags.cc: the commands and their flags, each once (flags.h).
#include "flags.h"

#include <algorithm>
#include <array>

#include "values.h"

namespace rmqlag::tools {
namespace {

constexpr unsigned in_dump = static_cast<unsigned>(Command::dump);
constexpr unsigned in_serve = static_cast<unsigned>(Command::serve);
constexpr unsigned in_record = static_cast<unsigned>(Command::record);
constexpr unsigned in_check = static_cast<unsigned>(Command::check);
constexpr unsigned in_ready = static_cast<unsigned>(Command::ready);
constexpr unsigned everywhere = in_dump | in_serve | in_record | in_check;  // that is, wherever a source is read

constexpr auto command_table = std::to_array<CommandInfo>({
    {Command::dump, "dump", "print the lag once", "SOURCE [FLAGS]",
     "Reads the console once and prints who is behind, on what, and by how much. What could not be read is told, never shown as 0.",
     "rmqlag dump http://console:8080\n"
     "rmqlag dump console:8080 --groups billing --by topic,queue,process\n"
     "rmqlag dump incident.har --format json\n"
     "rmqlag dump console:8080 --format prometheus --output /var/lib/node_exporter/rmqlag.prom",
     "0    done (partly read: a warning on standard error)\n"
     "1    the command line, the environment or a file they name is wrong\n"
     "2    nothing could be read\n"
     "3    partly read, with --fail-on-partial\n"
     "4    the output could not be written\n"
     "130  interrupted: nothing was printed"},
    {Command::serve, "serve", "Prometheus exporter", "SOURCE [FLAGS]",
     "Reads the console again and again and answers scrapes from the last reading. Paths: the telemetry path, /probe?target=NAME for the "
     "targets of a configuration file, /-/healthy, /-/ready, and / for people. SIGHUP: reads the configuration file again. Ends within 5 s "
     "after SIGTERM or SIGINT. Understands the environment of hpy-go-rocketmq-exporter "
     "(rocketmqConsoleIPAndPort, ignoredTopics, metricsPath, listenAddress, metricsPrefix): with any of it set and no address given it "
     "listens on :9104; --topics replaces ignoredTopics.",
     "rmqlag serve http://console:8080\n"
     "rmqlag serve console:8080 --web.listen-address 127.0.0.1:9776 --web.listen-address '[::1]:9776'\n"
     "RMQLAG_CONSOLE=http://console:8080 rmqlag serve --metrics.set own,queues\n"
     "rmqlag serve --config.file rmqlag.yml --config.check",
     "0    ended by SIGTERM or SIGINT\n"
     "1    the command line, the environment or a file they name is wrong; an address is taken"},
    {Command::record, "record", "save the console's answers as a HAR file", "SOURCE --output FILE.har [FLAGS]",
     "Reads the console once, or --passes times, and keeps its answers for later: rmqlag dump FILE.har. The file holds no password, "
     "cookie, token or raw client id; recording from a recording takes them out of one that a browser saved.",
     "rmqlag record http://console:8080 --output incident.har\n"
     "rmqlag record console:8080 --output hour.har --passes 12 --interval 5m\n"
     "rmqlag record from-browser.har --output clean.har",
     "0    done\n"
     "1    the command line, the environment or a file they name is wrong\n"
     "2    nothing could be read; what the console answered instead is kept\n"
     "4    the file could not be written\n"
     "130  interrupted: what was recorded until then is kept"},
    {Command::check, "check", "gate: compare the lag with limits", "SOURCE [LIMITS] [FLAGS]",
     "Reads the console once and compares every total with the limits: for Nagios and its kin, for cron, for a pipeline that waits until "
     "everything is consumed. Prints one line, performance data included. What could not be read, a name that is nowhere, and every "
     "failure of its own are UNKNOWN, never OK. A monitor that gives its plug-ins less time than --deadline needs a shorter one.",
     "rmqlag check console:8080 --warn 1000 --crit 10000\n"
     "rmqlag check console:8080 --groups billing --crit 10000 --deadline 20s\n"
     "rmqlag check console:8080 --groups 'billing*' --by group --warn 0 && ./deploy\n"
     "rmqlag check incident.har --crit 10000 --unowned-warn 0",
     "0    OK: everything is known and nothing above a limit\n"
     "1    WARNING\n"
     "2    CRITICAL, whatever else is not known\n"
     "3    UNKNOWN: something is not known, or the check itself failed"},
    {Command::ready, "ready", "ask a running serve whether it is ready", "[URL] [FLAGS]",
     "For health checks of containers, whose image needs no other client then. Ready is a serve whose first collection has ended, "
     "however it went.",
     "rmqlag ready\n"
     "rmqlag ready https://127.0.0.1:9776 --insecure --basic-auth-file /run/secrets/scraper",
     "0    ready\n"
     "1    not ready, or not to be reached within 5 s: one line says why"},
});

constexpr std::string_view source = "Source";
constexpr std::string_view connection = "Connection";
constexpr std::string_view reading = "Reading";
constexpr std::string_view limit = "Limits";
constexpr std::string_view output = "Output";
constexpr std::string_view metrics = "Metrics";
constexpr std::string_view server = "Server";
constexpr std::string_view logging = "Log";
constexpr std::string_view configuration = "Configuration file";

// Arguments that are comma lists.
constexpr std::string_view glob_list = "GLOBS";
constexpr std::string_view word_list = "LIST";

/// Puts a value that could be parsed in its place.
template <class To, class From>
Expected<void> store(To& place, Expected<From> value) {
  if (!value) return std::move(value).error();
  place = static_cast<To>(*std::move(value));
  return {};
}

template <class T>
Expected<void> append(std::vector<T>& list, Expected<T> value) {
  if (!value) return std::move(value).error();
  list.push_back(*std::move(value));
  return {};
}

Expected<void> store_text(std::string& place, std::string_view value) {
  place = value;
  return {};
}

/// A duration that must not be 0.
Expected<std::chrono::milliseconds> some_time(std::string_view value) {
  auto duration = parse_duration(value);
  if (duration && duration->count() == 0) return invalid("must be longer than 0");
  return duration;
}

Expected<void> store_shard(CollectOptions& options, std::string_view value) {
  constexpr int most = 1000;
  const auto slash = std::min(value.find('/'), value.size());
  const auto shards = parse_number(value.substr(std::min(slash + 1, value.size())), 1, most);
  const auto shard = parse_number(value.substr(0, slash), 1, shards ? *shards : most);
  if (!shard || !shards) return invalid(quoted(value) + " is no shard (example: 2/3, the second of three)");
  options.shard = static_cast<int>(*shard);
  options.shards = static_cast<int>(*shards);
  return {};
}

Expected<std::string> absolute_path(std::string_view value) {
  if (!value.starts_with('/') || value.find_first_of("?# ") != value.npos) return invalid(quoted(value) + " is not a path like /metrics");
  const bool taken = value == "/" || value == "/probe" || value.starts_with("/-/") || value.starts_with("/api/");
  if (taken) return invalid(quoted(value) + " is taken");
  return std::string(value);
}

constexpr auto flag_table = std::to_array<Flag>({
    {source, "console", "URL", "", "the console: http(s)://host[:port][/context]; host:port alone means http. May stand without the flag",
     everywhere, false, [](Settings& s, std::string_view v) { return store_text(s.console.url, v); }, {"rocketmqConsoleIPAndPort"}},
    {source, "replay", "FILE.har", "",
     "answers from a HAR file instead of a console. Several play in order, pass by pass (one each, but for those that record made with "
     "--passes), the last again and again. "
     "May stand without the flag",
     everywhere, true, [](Settings& s, std::string_view v) { s.recordings.emplace_back(v); return Expected<void>{}; }},

    {connection, "username", "NAME", "", "of the console's login. The password comes from RMQLAG_PASSWORD or --password-file",
     everywhere, false,
     [](Settings& s, std::string_view v) { return store_text(s.console.username, v); }},
    {connection, "password-file", "FILE", "", "its first line is the password", everywhere, false,
     [](Settings& s, std::string_view v) { return store(s.console.password, read_secret(v)); }},
    {connection, "namesrv", "ADDR", "", "the NameServer the console must be on; on any other nothing is read", everywhere, false,
     [](Settings& s, std::string_view v) { return store_text(s.collect.namesrv, v); }},
    {connection, "header", "'NAME: VALUE'", "", "added to every request, for a proxy in front of the console", everywhere, true,
     [](Settings& s, std::string_view v) { return append(s.console.headers, parse_header(v)); }},
    {connection, "basic-auth-file", "FILE", "", "its first line is user:password, for a proxy in front of the console (ready: of serve itself)",
     everywhere | in_ready, false,
     [](Settings& s, std::string_view v) { return store(s.console.basic_auth, read_secret(v)); }},
    {connection, "ca-file", "FILE", "", "trusted certificates (PEM), instead of the system's", everywhere | in_ready, false,
     [](Settings& s, std::string_view v) { return store_text(s.curl.ca_file, v); }},
    {connection, "client-cert", "FILE", "", "our certificate (PEM)", everywhere | in_ready, false,
     [](Settings& s, std::string_view v) { return store_text(s.curl.client_cert, v); }},
    {connection, "client-key", "FILE", "", "its key (PEM), unless it is in the same file", everywhere | in_ready, false,
     [](Settings& s, std::string_view v) { return store_text(s.curl.client_key, v); }},
    {connection, "insecure", "", "off", "accept any certificate", everywhere | in_ready, false,
     [](Settings& s, std::string_view v) { return store(s.curl.insecure, parse_on_off(v)); }},

    {reading, "topics", glob_list, "",
     "comma list of names or patterns (*, ?); ! excludes; the last match wins. Literal topics skip the topic list",
     everywhere, false, [](Settings& s, std::string_view v) { return store(s.collect.topics, NameFilter::parse(v)); },
     {"ignoredTopics", "", [](Settings& s, std::string_view v) {
        s.collect.topics = NameFilter::excluding(split_list(v));
        return Expected<void>{};
      }}},
    {reading, "groups", glob_list, "", "the same for consumer groups. Literal groups are asked for one by one: cheap at 3 a.m.",
     everywhere, false,
     [](Settings& s, std::string_view v) { return store(s.collect.groups, NameFilter::parse(v)); }},
    {reading, "retry-topics", "on|off", "on", "read the retry topics, %RETRY%...", everywhere, false,
     [](Settings& s, std::string_view v) { return store(s.collect.retry_topics, parse_on_off(v)); }},
    {reading, "dlq-topics", "on|off", "off", "count the dead letters, %DLQ%...", everywhere, false,
     [](Settings& s, std::string_view v) { return store(s.collect.dlq_topics, parse_on_off(v)); }},
    {reading, "concurrency", "N", "", "requests to the console at once, 1 to 8 (default: 4; 1 on the oldest consoles)", everywhere, false,
     [](Settings& s, std::string_view v) { return store(s.collect.concurrency, parse_number(v, 1, 8)); }},
    {reading, "request-timeout", "DURATION", "30s", "for one request", everywhere, false,
     [](Settings& s, std::string_view v) { return store(s.collect.request_timeout, some_time(v)); }},
    {reading, "deadline", "DURATION", "60s",
     "for one whole pass; what is not read by then is unknown. serve: never longer than the interval",
     everywhere, false, [](Settings& s, std::string_view v) { return store(s.deadline, some_time(v)); }},
    {reading, "stale-after", "DURATION", "5m", "how long the last rows stand in for what cannot be read", everywhere, false,
     [](Settings& s, std::string_view v) { return store(s.collect.stale_after, parse_duration(v)); }},
    {reading, "passes", "N", "", "how often everything is read (default: a console once, recordings to their last pass)", in_record, false,
     [](Settings& s, std::string_view v) { return store(s.passes, parse_number(v, 1, 1'000'000)); }},
    {reading, "interval", "DURATION", "60s", "from one pass to the next; serve: 0 = a pass on each scrape", in_serve | in_record, false,
     [](Settings& s, std::string_view v) { return store(s.interval, parse_duration(v)); }},

    {reading, "shard", "I/N", "",
     "one of N collectors that share the topics: 1/3, 2/3, 3/3 read everything together", everywhere, false,
     [](Settings& s, std::string_view v) { return store_shard(s.collect, v); }},

    {limit, "warn", "N", "", "warning where a total is more than N messages behind", in_check, false,
     [](Settings& s, std::string_view v) { return store(s.check.lag.warn, parse_number(v, 0, INT64_MAX)); }},
    {limit, "crit", "N", "", "critical where it is more than N", in_check, false,
     [](Settings& s, std::string_view v) { return store(s.check.lag.crit, parse_number(v, 0, INT64_MAX)); }},
    {limit, "unowned-warn", "N", "",
     "warning where more than N queues of a total have no known owner (they never have one with POP, gRPC and some pull clients)",
     in_check, false, [](Settings& s, std::string_view v) { return store(s.check.unowned_queues.warn, parse_number(v, 0, INT64_MAX)); }},
    {limit, "unowned-crit", "N", "", "critical where more than N queues have none", in_check, false,
     [](Settings& s, std::string_view v) { return store(s.check.unowned_queues.crit, parse_number(v, 0, INT64_MAX)); }},
    {limit, "strict", "", "off", "a group that does not subscribe a topic any more counts as unknown, too", in_check, false,
     [](Settings& s, std::string_view v) { return store(s.check.strict, parse_on_off(v)); }},

    {output, "format", "FORMAT", "table", "table, json, csv, prometheus or openmetrics", in_dump, false,
     [](Settings& s, std::string_view v) {
       return store(s.format, parse_choice<DumpFormat>(v, {{"table", DumpFormat::table},
                                                           {"json", DumpFormat::json},
                                                           {"csv", DumpFormat::csv},
                                                           {"prometheus", DumpFormat::prometheus},
                                                           {"openmetrics", DumpFormat::openmetrics}}));
     }},
    {output, "by", word_list, "",
     "what the totals are of: topic, group, broker, queue, process (with its host), host (default: topic,group,process; "
     "check: topic,group)",
     in_dump | in_check, false,
     [](Settings& s, std::string_view v) {
       if (auto ok = store(s.selection.by, parse_dimensions(v)); !ok) return ok;
       s.check.by = s.selection.by;
       return Expected<void>{};
     }},
    {output, "top", "N", "", "the first N totals; 0 is all (default: 20 on a terminal, else all). Never hides what is unknown",
     in_dump, false,
     [](Settings& s, std::string_view v) { return store(s.top, parse_number(v, 0, INT32_MAX)); }},
    {output, "sort", "lag|name", "lag", "the largest lag first, or by name", in_dump, false,
     [](Settings& s, std::string_view v) {
       return store(s.selection.sort, parse_choice<Sort>(v, {{"lag", Sort::lag}, {"name", Sort::name}}));
     }},
    {output, "min-lag", "N", "0", "only totals with at least this lag. Never hides what is unknown", in_dump, false,
     [](Settings& s, std::string_view v) { return store(s.selection.min_lag, parse_number(v, 0, INT64_MAX)); }},
    {output, "rows", "", "off", "every queue, too (json)", in_dump, false,
     [](Settings& s, std::string_view v) { return store(s.rows, parse_on_off(v)); }},
    {output, "output", "FILE", "", "write there, whole or not at all, instead of to standard output; record: the recording",
     in_dump | in_record, false, [](Settings& s, std::string_view v) { return store_text(s.output, v); }},
    {output, "fail-on-partial", "", "off", "exit with 3 where something could not be read", in_dump, false,
     [](Settings& s, std::string_view v) { return store(s.fail_on_partial, parse_on_off(v)); }},

    {server, "url", "URL", "http://127.0.0.1:9776", "of the running serve. May stand without the flag", in_ready, false,
     [](Settings& s, std::string_view v) { return store_text(s.console.url, v); }},
    {server, "web.listen-address", "ADDR", ":9776", "127.0.0.1:port, [::1]:port or :port", in_serve, true,
     [](Settings& s, std::string_view v) { return append(s.listen, parse_listen_address(v)); }, {"listenAddress", ":9104"}},
    {server, "web.telemetry-path", "PATH", "/metrics", "where the metrics are", in_serve, false,
     [](Settings& s, std::string_view v) { return store(s.telemetry_path, absolute_path(v)); }, {"metricsPath"}},
    {server, "web.config.file", "FILE", "",
     "TLS, users, headers, in the format of Prometheus' exporter-toolkit; read again when it changes", in_serve, false,
     [](Settings& s, std::string_view v) { return store_text(s.web_config_file, v); }},
    {server, "web.max-requests", "N", "40", "under way at once, over all addresses; more get 503", in_serve, false,
     [](Settings& s, std::string_view v) { return store(s.max_requests, parse_number(v, 1, 10'000)); }},

    {metrics, "metrics.set", word_list, "compatible,own", "families: compatible (with hpy-go-rocketmq-exporter), own, queues",
     in_dump | in_serve, false,
     [](Settings& s, std::string_view v) { return store(s.metrics, parse_metric_sets(v, s.metrics)); }},
    {metrics, "metrics.prefix", "PREFIX", "rocketmq", "of the compatible families", in_dump | in_serve, false,
     [](Settings& s, std::string_view v) {
       if (!valid_metric_prefix(v)) return Expected<void>(invalid(quoted(v) + " cannot begin a metric name"));
       return store_text(s.metrics.prefix, v);
     },
     {"metricsPrefix"}},

    {logging, "log.level", "LEVEL", "info", "error, warn, info or debug", everywhere, false,
     [](Settings& s, std::string_view v) {
       return store(s.log.level, parse_choice<LogLevel>(v, {{"error", LogLevel::error},
                                                            {"warn", LogLevel::warn},
                                                            {"info", LogLevel::info},
                                                            {"debug", LogLevel::debug}}));
     }},
    {logging, "log.format", "FORMAT", "logfmt", "logfmt or json; the log goes to standard error", everywhere, false,
     [](Settings& s, std::string_view v) {
       return store(s.log.format, parse_choice<LogFormat>(v, {{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}));
     }},

    {configuration, "config.file", "FILE", "",
     "YAML: the values of flags by their names, and named targets. A flag wins over the environment, the environment over the file",
     everywhere, false, [](Settings& s, std::string_view v) { return store_text(s.config_file, v); }},
    {configuration, "config.check", "", "off", "look at everything, the files it names, too, and end: exit 0 or 1", in_serve, false,
     [](Settings& s, std::string_view v) { return store(s.config_check, parse_on_off(v)); }},
    {configuration, "target", "NAME", "", "read this target of the configuration file", everywhere & ~in_serve, false,
     [](Settings& s, std::string_view v) { return store_text(s.target, v); }},
});

Expected<void> check_order(const Limit& asked, std::string_view warn, std::string_view crit) {
  if (asked.warn && asked.crit && *asked.warn > *asked.crit) {
    return invalid("--" + std::string(warn) + " is above --" + std::string(crit) + ": it would never be reached");
  }
  return {};
}

Expected<void> check_limits(const CheckLimits& limits) {
  if (!limits.lag.given() && !limits.unowned_queues.given()) {
    return invalid("no limit: give --warn, --crit, --unowned-warn or --unowned-crit (example: --crit 10000)");
  }
  if (auto ok = check_order(limits.lag, "warn", "crit"); !ok) return ok;
  return check_order(limits.unowned_queues, "unowned-warn", "unowned-crit");
}

}  // namespace

std::span<const CommandInfo> commands() { return command_table; }

const CommandInfo& info(Command command) {
  for (const CommandInfo& candidate : command_table) {
    if (candidate.command == command) return candidate;
  }
  return command_table.front();  // every command is in the table
}

std::span<const Flag> flags() { return flag_table; }

OfTarget of_target(const Flag& flag) {
  if (flag.section == source || flag.section == connection) return OfTarget::alone;
  const bool when = flag.name == "interval" || flag.name == "passes";
  return flag.section == reading && !when ? OfTarget::shared : OfTarget::no;
}

bool is_list(const Flag& flag) { return flag.argument == glob_list || flag.argument == word_list; }

std::string environment_name(std::string_view flag) {
  std::string name = "RMQLAG_";
  for (const char c : flag) name += c == '.' || c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return name;
}

Expected<void> check_source(const SourceSettings& settings) {
  if (!settings.has_source()) {
    return invalid(
        "no source: give a console (http://console:8080, console:8080, --console URL, RMQLAG_CONSOLE) "
        "or a recording (FILE.har, --replay FILE.har)");
  }
  const bool replay = !settings.recordings.empty();
  if (replay && !settings.console.url.empty()) return invalid("two sources: give a console or recordings, not both");
  if (replay) return {};
  if (!settings.console.username.empty() && settings.console.password.empty()) {
    return invalid("--username: the password is missing: give it in RMQLAG_PASSWORD or --password-file");
  }
  return {};
}

Expected<void> check_together(const Settings& settings, Command command) {
  if (command == Command::ready) return {};
  if (settings.has_source() || settings.targets.empty()) {
    if (auto ok = check_source(settings); !ok) return ok;
  }
  switch (command) {
    case Command::dump:
      if (settings.rows && settings.format != DumpFormat::json) return invalid("--rows: only with --format json");
      break;
    case Command::record:
      if (settings.output.empty()) return invalid("--output is missing: where should the recording go? (example: --output incident.har)");
      break;
    case Command::check:
      return check_limits(settings.check);
    case Command::serve:
    case Command::ready:
      break;
  }
  return {};
}

}  // namespace rmqlag::tools
