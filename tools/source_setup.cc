// source_setup.cc: from the settings to a source that can be read (source_setup.h).
#include "source_setup.h"

#include <algorithm>
#include <utility>

#include "rmqlag/curl_transport.h"
#include "values.h"

namespace rmqlag::tools {
namespace {

/// A login in a recording is answered from it, whatever the credentials, but some must be there.
constexpr auto replay_credentials = "replay";

std::string_view host_of(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  url = url.substr(0, url.find('/'));
  if (url.starts_with('[')) return url.substr(1, url.find(']') - 1);
  return url.substr(0, url.find(':'));
}

bool is_excepted(std::string_view host, std::string_view except) {
  return std::ranges::any_of(split_list(except), [host](std::string_view domain) {
    if (domain == "*") return true;
    if (domain.starts_with('.')) domain.remove_prefix(1);
    if (!host.ends_with(domain)) return false;
    return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
  });
}

Expected<Connection> connect_to_recordings(const SourceSettings& settings) {
  auto replay = HarReplay::open(settings.recordings);
  if (!replay) return std::move(replay).error();
  ConsoleConfig config;
  config.url = (*replay)->base_url();
  config.username = config.password = replay_credentials;
  auto console = finalize(config);
  if (!console) return console.error().with_prefix(settings.recordings.front());
  HarReplay* const transport = replay->get();
  return Connection{*std::move(console), *std::move(replay), transport};
}

Expected<Connection> connect_to_console(const SourceSettings& settings) {
  auto console = finalize(settings.console);
  if (!console) return std::move(console).error();
  CurlOptions options = settings.curl;
  options.proxy = proxy_for(console->base_url(), settings.proxies);
  auto transport = make_curl_transport(options);
  if (!transport) return std::move(transport).error();
  return Connection{*std::move(console), *std::move(transport)};
}

}  // namespace

Steady Connection::deadline(std::chrono::milliseconds time) const {
  return replay != nullptr ? Steady::max() : transport->now().steady + time;
}

Expected<Connection> connect(const SourceSettings& settings) {
  return settings.recordings.empty() ? connect_to_console(settings) : connect_to_recordings(settings);
}

Expected<std::unique_ptr<Source>> make_source(const SourceSettings& settings, const Connection& connection) {
  return make_console_source(connection.console, settings.collect, connection.transport);
}

std::shared_ptr<const Snapshot> read_once(const SourceSettings& settings, const Connection& connection, Source& source,
                                          const std::function<void(int done, int of)>& progress, const std::stop_token& stop) {
  std::shared_ptr<const Snapshot> snapshot;
  const std::int64_t passes = connection.passes();
  for (std::int64_t pass = 0; pass < passes && !stop.stop_requested(); ++pass) {
    snapshot = source.collect({connection.deadline(settings.deadline), snapshot, progress, stop});
  }
  return snapshot;
}

std::string proxy_for(std::string_view url, const Proxies& proxies) {
  if (is_excepted(host_of(url), proxies.except)) return {};
  const std::string& proxy = url.starts_with("https:") ? proxies.https : proxies.http;
  return proxy.empty() ? proxies.all : proxy;
}

}  // namespace rmqlag::tools
