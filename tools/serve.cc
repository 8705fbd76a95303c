// serve.cc: the command `serve` (serve.h).
#include "serve.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "exit_code.h"
#include "http_server.h"
#include "interrupt.h"
#include "lag_api.h"
#include "log.h"
#include "page/page.h"
#include "program_metrics.h"
#include "rmqlag/version.h"
#include "scrape_deadline.h"
#include "sources.h"
#include "standard_output.h"
#include "web_access.h"
#include "worker.h"

namespace rmqlag::tools {
namespace {

constexpr auto grace = std::chrono::seconds(3);  // for answers under way when it ends: five seconds are promised

/// The answers, as functions of what is served at the moment.
class Answers {
 public:
  Answers(std::shared_ptr<const Sources> sources, std::string telemetry_path)
      : telemetry_path_(std::move(telemetry_path)), sources_(std::move(sources)) {}

  /// What is still to be made is thrown away. To be called before the server goes whose requests are counted.
  void stop() { worker_.stop(); }

  /// The server's own counts are part of the metrics, but it begins after its routes.
  void count_requests_of(const HttpServer& server) { server_.store(&server); }

  std::shared_ptr<const Sources> sources() const {
    const std::lock_guard lock(mutex_);
    return sources_;
  }

  void turn_to(std::shared_ptr<const Sources> sources) {
    const std::lock_guard lock(mutex_);
    sources_.swap(sources);
  }

  std::vector<Route> routes() {
    constexpr bool vital = true;
    return {
        {telemetry_path_, "metrics", [this](const Request& request, const Reply& reply) { metrics(request, reply); }},
        {"/probe", "probe", [this](const Request& request, const Reply& reply) { probe(request, reply); }},
        {"/-/healthy", "healthy", [](const Request&) { return text_response(200, "alive\n"); }, vital},
        {"/-/ready", "ready", [this](const Request&) { return ready(); }, vital},
        {"/api/v1/lag", "lag", [this](const Request& request, const Reply& reply) { lag(request, reply); }},
        {"/", "home", [this](const Request&) { return home(); }},
    };
  }

 private:
  void metrics(const Request& request, const Reply& reply) {
    const auto own = sources()->own;
    const ExpositionTail tail = [this](MetricSink& sink) { write_program_metrics(request_counts(), sink); };
    if (own == nullptr) return reply.send(exposition(request, tail));
    if (own->interval.count() == 0) return collect(own, request, reply, tail);
    expose(own, request, own->loop.latest(), tail, reply);
  }

  void probe(const Request& request, const Reply& reply) {
    const auto name = request.parameter("target");
    if (!name) return reply.send(text_response(400, "which target? /probe?target=NAME\n"));
    const auto all = sources();
    const auto target = all->targets.find(*name);
    if (target == all->targets.end()) return reply.send(text_response(400, "no such target: the configuration file names them\n"));
    collect(target->second, request, reply, {});
  }

  void collect(const std::shared_ptr<Served>& served, const Request& request, const Reply& reply, const ExpositionTail& tail) {
    const auto time = time_for_scrape(request.header("X-Prometheus-Scrape-Timeout-Seconds"), served->deadline);
    served->loop.ask(time, [this, served, request, reply, tail](const std::shared_ptr<const Snapshot>& snapshot) {
      expose(served, request, snapshot, tail, reply);
    });
  }

  void expose(const std::shared_ptr<Served>& served, const Request& request, const std::shared_ptr<const Snapshot>& snapshot,
              const ExpositionTail& tail, const Reply& reply) {
    if (auto response = served->exposition.answer_at_once(request, snapshot, tail)) return reply.send(*std::move(response));
    make(reply, [served, request, snapshot, tail] { return served->exposition.answer(request, snapshot, tail); });
  }

  /// What takes its time is made elsewhere: who calls us here serves everybody, health checks too.
  void make(const Reply& reply, std::function<Response()> response) {
    const bool taken = worker_.post([reply, response = std::move(response)] { reply.send(response()); });
    if (!taken) reply.send(text_response(503, "too many wait for an answer\n"));
  }

  Response ready() const {
    const auto own = sources()->own;
    const bool waits = own != nullptr && own->interval.count() > 0 && own->loop.latest() == nullptr;
    if (waits) return text_response(503, "not ready: the first collection is under way\n");
    return text_response(200, "ready\n");
  }

  void lag(const Request& request, const Reply& reply) {
    const auto own = sources()->own;
    if (own == nullptr) return reply.send(text_response(404, "there are targets only: /probe?target=NAME\n"));
    make(reply, [this, snapshot = own->loop.latest(), request] { return lag_api_.answer(snapshot, request); });
  }

  Response home() const {
    const auto all = sources();
    if (all->own != nullptr) return page({telemetry_path_, all->own->interval, all->own->recording});
    std::string text = "rmqlag " + std::string(version()) + "\n\n" + telemetry_path_ + "\n";
    for (const auto& [name, target] : all->targets) text += "/probe?target=" + name + "\n";
    return text_response(200, std::move(text));
  }

  std::vector<RequestCount> request_counts() const {
    const HttpServer* const server = server_.load();
    return server != nullptr ? server->request_counts() : std::vector<RequestCount>{};
  }

  const std::string telemetry_path_;
  LagApi lag_api_;
  std::atomic<const HttpServer*> server_ = nullptr;
  mutable std::mutex mutex_;
  std::shared_ptr<const Sources> sources_;  // guarded by mutex_
  Worker worker_{1'000};                    // last: it uses all of the above
};

std::string described(const Sources& sources) {
  const std::size_t count = sources.targets.size();
  std::string text = sources.own != nullptr ? sources.own->description : "";
  if (count > 0) text += (text.empty() ? "" : " and ") + std::to_string(count) + (count == 1 ? " target" : " targets");
  return text;
}

/// When it reads.
std::string rhythm(const Sources& sources) {
  if (sources.own == nullptr || sources.own->interval.count() == 0) return "on each scrape";
  const auto milliseconds = sources.own->interval.count();
  return "every " + (milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + "s" : std::to_string(milliseconds) + "ms");
}

Expected<std::shared_ptr<WebAccess>> open_access(const Settings& settings, Log& log) {
  if (settings.web_config_file.empty()) return std::shared_ptr<WebAccess>();
  return WebAccess::open(settings.web_config_file, log);
}

void tell_what_needs_a_restart(const Settings& running, const Settings& wanted, Log& log) {
  const auto compare = [&log](bool same, const char* flag) {
    if (!same) log.warn("changed, but needs a restart", {{"flag", flag}});
  };
  compare(running.listen == wanted.listen, "--web.listen-address");
  compare(running.telemetry_path == wanted.telemetry_path, "--web.telemetry-path");
  compare(running.max_requests == wanted.max_requests, "--web.max-requests");
  compare(running.web_config_file == wanted.web_config_file, "--web.config.file");
  compare(running.log.level == wanted.log.level, "--log.level");
  compare(running.log.format == wanted.log.format, "--log.format");
}

/// What is wrong is refused as a whole: everything stays as it is.
void reload(const Settings& running, const SettingsReader& read_again, Answers& answers, Log& log) {
  const auto refuse = [&log](const Error& error) { log.error("configuration refused, the old one stands", {{"why", error.message}}); };
  const auto wanted = read_again();
  if (!wanted) return refuse(wanted.error());
  const auto opened = open_sources(*wanted, log);
  if (!opened) return refuse(opened.error());
  tell_what_needs_a_restart(running, *wanted, log);
  const auto before = answers.sources();
  before->stop();
  (*opened)->start(*before);
  answers.turn_to(*opened);
  log.info("configuration read again", {{"reads", described(**opened)}, {"collects", rhythm(**opened)}});
}

int refuse(const Error& error) {
  say(error.message);
  return exit_code::usage;
}

}  // namespace

int serve(const Settings& settings, const SettingsReader& read_again) {
  Interrupt interrupt(Hangup::wakes);
  Log log(settings.log);
  const auto sources = open_sources(settings, log);
  if (!sources) return refuse(sources.error());
  const auto access = open_access(settings, log);
  if (!access) return refuse(access.error());
  if (settings.config_check) {
    const bool told = print("the configuration is good: " + described(**sources) + "\n");
    return told ? exit_code::done : exit_code::not_written;
  }

  Answers answers(*sources, settings.telemetry_path);
  const auto server = HttpServer::start({settings.listen, settings.max_requests, *access}, answers.routes());
  if (!server) return refuse(server.error());
  answers.count_requests_of(**server);
  log.info("started", {{"version", std::string(version())}, {"reads", described(**sources)}, {"collects", rhythm(**sources)}});
  for (const std::string& address : (*server)->addresses()) log.info("listening", {{"address", address}});
  (*sources)->start({});

  while (interrupt.wait()) reload(settings, read_again, answers, log);
  log.info("stopping");
  (*server)->stop(grace);
  answers.sources()->stop();
  answers.stop();
  return exit_code::done;
}

}  // namespace rmqlag::tools
