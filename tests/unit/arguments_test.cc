// arguments_test.cc: the command line, the environment and the defaults, as settings or as one line of error.
#include "arguments.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;
using namespace std::chrono_literals;

namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Expected<Arguments> parse(const std::vector<const char*>& words, const Variables& variables = {}) {
  return parse_arguments(words, [&variables](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

Settings settings_of(const std::vector<const char*>& words, const Variables& variables = {}) {
  const auto parsed = parse(words, variables);
  INFO((parsed ? std::string() : parsed.error().message));
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->command.has_value());
  return parsed->settings;
}

std::string error_of(const std::vector<const char*>& words, const Variables& variables = {}) {
  const auto parsed = parse(words, variables);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code == ErrorCode::invalid_argument);
  CHECK(parsed.error().message.find('\n') == std::string::npos);
  return parsed.error().message;
}

/// A file for one test.
class File {
 public:
  File(const std::string& name, const std::string& content)
      : path_((std::filesystem::temp_directory_path() / ("rmqlag-arguments-" + name)).string()) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("arguments: the defaults of dump") {
  const Settings s = settings_of({"dump", "http://c:8080/x"});
  CHECK(s.console.url == "http://c:8080/x");
  CHECK(s.recordings.empty());
  CHECK(s.format == DumpFormat::table);
  CHECK(s.selection.by == (by::topic | by::group | by::host | by::process));
  CHECK_FALSE(s.top.has_value());
  CHECK(s.deadline == 60s);
  CHECK(s.collect.request_timeout == 30s);
  CHECK(s.collect.retry_topics);
  CHECK_FALSE(s.collect.dlq_topics);
  CHECK(s.collect.concurrency == 0);
  CHECK_FALSE(s.curl.insecure);
  CHECK(s.metrics.compatible);
  CHECK(s.metrics.own);
  CHECK_FALSE(s.metrics.queues);
  CHECK(s.output.empty());
  CHECK(s.colour_allowed);
}

TEST_CASE("arguments: a source needs no flag") {
  CHECK(settings_of({"dump", "console:8080"}).console.url == "console:8080");
  CHECK(settings_of({"dump", "--console", "console:8080"}).console.url == "console:8080");
  CHECK(settings_of({"dump", "--console=console:8080"}).console.url == "console:8080");
  CHECK(settings_of({"dump", "https://h/odd.har"}).console.url == "https://h/odd.har");
  CHECK(settings_of({"dump", "a.har", "--replay", "b.har"}).recordings == std::vector<std::string>{"b.har", "a.har"});
  CHECK(settings_of({"dump", "C:a.har"}).recordings == std::vector<std::string>{"C:a.har"});

  CHECK_THAT(error_of({"dump"}),
             ContainsSubstring("no source") && ContainsSubstring("http://console:8080") && ContainsSubstring("FILE.har"));
  CHECK_THAT(error_of({"dump", "c:1", "a.har"}), ContainsSubstring("two sources"));
  CHECK_THAT(error_of({"dump", "c:1", "d:1"}), ContainsSubstring("one console"));
  CHECK_THAT(error_of({"dump", "orders"}), ContainsSubstring("'orders' is no source"));
}

TEST_CASE("arguments: flag before environment before default") {
  const Variables environment{{"RMQLAG_DEADLINE", "5s"}, {"RMQLAG_CONSOLE", "env:1"}};
  CHECK(settings_of({"dump"}, environment).deadline == 5s);
  CHECK(settings_of({"dump"}, environment).console.url == "env:1");
  CHECK(settings_of({"dump", "--deadline", "7s"}, environment).deadline == 7s);
  CHECK(settings_of({"dump", "--deadline", "7s", "--deadline=8s"}, environment).deadline == 8s);
  CHECK(settings_of({"dump", "arg:1"}, environment).console.url == "arg:1");
  CHECK(settings_of({"dump"}, {{"RMQLAG_DEADLINE", ""}, {"RMQLAG_CONSOLE", "c:1"}}).deadline == 60s);

  SECTION("a recording on the command line is not disturbed by a console in the environment") {
    const Settings s = settings_of({"dump", "a.har"}, environment);
    CHECK(s.console.url.empty());
    CHECK(s.recordings.size() == 1);
  }
  SECTION("an error names the variable") {
    CHECK(error_of({"dump", "c:1"}, {{"RMQLAG_DEADLINE", "soon"}}) == "RMQLAG_DEADLINE: 'soon' is not a duration (examples: 30s, 1m30s)");
  }
  SECTION("a variable of a repeatable flag holds one value a line") {
    const Settings s = settings_of({"dump", "c:1"}, {{"RMQLAG_HEADER", "A: 1, 2\nB: 3\n"}});
    REQUIRE(s.console.headers.size() == 2);
    CHECK(s.console.headers[0].value == "1, 2");
  }
  SECTION("a switch") {
    CHECK(settings_of({"dump", "c:1"}, {{"RMQLAG_INSECURE", "on"}}).curl.insecure);
    CHECK(settings_of({"dump", "c:1", "--insecure"}).curl.insecure);
    CHECK_FALSE(settings_of({"dump", "c:1", "--insecure=off"}, {{"RMQLAG_INSECURE", "on"}}).curl.insecure);
  }
}

TEST_CASE("arguments: every flag is in help, has a variable, and is listed once") {
  std::set<std::string_view> names;
  for (const Flag& flag : flags()) {
    CAPTURE(flag.name);
    CHECK(names.insert(flag.name).second);
    CHECK(flag.set != nullptr);
    CHECK(flag.commands != 0);
    for (const CommandInfo& command : commands()) {
      if (!flag.belongs_to(command.command)) continue;
      const auto help = parse({"help", std::string(command.name).c_str()});
      REQUIRE(help.has_value());
      CHECK_THAT(help->text, ContainsSubstring("\n  --" + std::string(flag.name)));
    }
  }
  CHECK(environment_name("web.listen-address") == "RMQLAG_WEB_LISTEN_ADDRESS");
  CHECK(environment_name("ca-file") == "RMQLAG_CA_FILE");
}

TEST_CASE("arguments: a header keeps its commas") {
  const Settings s = settings_of({"dump", "c:1", "--header", "Accept: a, b", "--header", "X-Empty:"});
  REQUIRE(s.console.headers.size() == 2);
  CHECK(s.console.headers[0].name == "Accept");
  CHECK(s.console.headers[0].value == "a, b");
  CHECK(s.console.headers[1].value.empty());
}

TEST_CASE("arguments: passwords come from files and the environment") {
  const File password("password", "s3cret, with comma\r\nsecond line\n");
  CHECK(settings_of({"dump", "c:1", "--username", "u"}, {{"RMQLAG_PASSWORD", "p w"}}).console.password == "p w");
  CHECK(settings_of({"dump", "c:1", "--username", "u", "--password-file", password.path()}).console.password == "s3cret, with comma");
  CHECK(settings_of({"dump", "c:1", "--basic-auth-file", password.path()}).console.basic_auth == "s3cret, with comma");

  CHECK_THAT(error_of({"dump", "c:1", "--username", "u"}), ContainsSubstring("RMQLAG_PASSWORD") && ContainsSubstring("--password-file"));
  CHECK_THAT(error_of({"dump", "c:1", "--password-file", "/nowhere/p"}),
             ContainsSubstring("--password-file: cannot read '/nowhere/p': No such file"));
  const File empty("empty", "\n");
  CHECK_THAT(error_of({"dump", "c:1", "--password-file", empty.path()}), ContainsSubstring("is empty"));

  SECTION("no error shows one") {
    CHECK_THAT(error_of({"dump", "c:1", "--pasword=hunter2"}), !ContainsSubstring("hunter2"));
    CHECK_THAT(error_of({"dump", "c:1", "--header", "hunter2"}), !ContainsSubstring("hunter2"));
    CHECK_THAT(error_of({"dump", "http://u:hunter2@a:1", "http://b:1"}), !ContainsSubstring("hunter2"));
  }
}

TEST_CASE("arguments: one line says what is wrong") {
  const auto [words, expected] = GENERATE(table<std::vector<const char*>, std::string>({
      {{"dmp"}, "'dmp' is not a command: did you mean 'dump'?"},
      {{"xyzzy"}, "'xyzzy' is not a command (rmqlag help shows them)"},
      {{"--console", "c:1"}, "'--console' comes too early: the command comes first (rmqlag help)"},
      {{"help", "dmup"}, "'dmup' is not a command: did you mean 'dump'?"},
      {{"dump", "--deadlin", "5s"}, "--deadlin is not a flag: did you mean --deadline?"},
      {{"dump", "--web.listen-address", ":1"}, "--web.listen-address is not a flag of dump"},
      {{"dump", "--qqqqqqqq"}, "--qqqqqqqq is not a flag (rmqlag help dump shows them)"},
      {{"dump", "c:1", "-x"}, "-x is not a flag (rmqlag help dump shows them)"},
      {{"dump", "c:1", "--deadline"}, "--deadline needs a value"},
      {{"dump", "c:1", "--deadline", "5x"}, "--deadline: '5x' is not a duration (examples: 30s, 1m30s)"},
      {{"dump", "c:1", "--deadline", "0"}, "--deadline: must be longer than 0"},
      {{"dump", "c:1", "--concurrency", "9"}, "--concurrency: '9' is not a whole number from 1 to 8"},
      {{"dump", "c:1", "--top", "-1"}, "--top: '-1' is not a whole number from 0 to 2147483647"},
      {{"dump", "c:1", "--min-lag", "1e3"}, "--min-lag: '1e3' is not a whole number, 0 or more"},
      {{"dump", "c:1", "--format", "xml"}, "--format: 'xml' is none of table, json, csv, prometheus, openmetrics"},
      {{"dump", "c:1", "--retry-topics", "maybe"}, "--retry-topics: 'maybe' is neither on nor off"},
      {{"dump", "c:1", "--rows"}, "--rows: only with --format json"},
      {{"dump", "c:1", "--metrics.set", "mine"}, "--metrics.set: 'mine' is none of compatible, own, queues"},
      {{"dump", "c:1", "--metrics.prefix", "9"}, "--metrics.prefix: '9' cannot begin a metric name"},
      {{"record", "c:1"}, "--output is missing: where should the recording go? (example: --output incident.har)"},
      {{"serve", "c:1", "--web.telemetry-path", "metrics"}, "--web.telemetry-path: 'metrics' is not a path like /metrics"},
      {{"serve", "c:1", "--web.telemetry-path", "/-/ready"}, "--web.telemetry-path: '/-/ready' is taken"},
  }));
  CHECK(error_of(words) == expected);
}

TEST_CASE("arguments: hostile ones") {
  const std::string huge = "--groups=" + std::string(200'000, 'a');
  CHECK_THAT(error_of({"dump", "c:1", huge.c_str()}), ContainsSubstring("as two words"));
  CHECK(settings_of({"dump", "c:1", "--groups", huge.c_str() + 9}).collect.groups.wants(huge.substr(9)));
  CHECK_THAT(error_of({"dump", ""}), ContainsSubstring("no source"));
  CHECK_THAT(error_of({"dump", "--"}), ContainsSubstring("no source"));
  CHECK_THAT(error_of({"dump", "-"}), ContainsSubstring("no source"));
  CHECK_THAT(error_of({"dump", "--=x"}), ContainsSubstring("not a flag"));
  CHECK_THAT(error_of({""}), ContainsSubstring("not a command"));
}

TEST_CASE("arguments: serve") {
  const Settings s = settings_of({"serve", "c:1", "--web.listen-address", ":1", "--web.listen-address", "[::1]:9776",
                                  "--metrics.set", "own,queues", "--interval", "1m30s", "--web.max-requests", "7"});
  CHECK(s.listen == std::vector<ListenAddress>{{"", 1}, {"::1", 9776}});
  CHECK_FALSE(s.metrics.compatible);
  CHECK(s.metrics.own);
  CHECK(s.metrics.queues);
  CHECK(s.interval == 90s);
  CHECK(s.max_requests == 7);
  CHECK(s.telemetry_path == "/metrics");
  CHECK(settings_of({"serve", "c:1"}).listen == std::vector<ListenAddress>{{"", 9776}});
}

TEST_CASE("arguments: serve understands the environment of hpy-go-rocketmq-exporter") {
  const Variables environment{{"rocketmqConsoleIPAndPort", "10.0.0.1:8080"},
                              {"ignoredTopics", "a*,broker-a"},
                              {"metricsPath", "/m"},
                              {"metricsPrefix", "mq"}};
  const Settings s = settings_of({"serve"}, environment);
  CHECK(s.console.url == "10.0.0.1:8080");
  CHECK_FALSE(s.collect.topics.wants("a*"));
  CHECK(s.collect.topics.wants("ab"));
  CHECK_FALSE(s.collect.topics.wants("broker-a"));
  CHECK(s.telemetry_path == "/m");
  CHECK(s.metrics.prefix == "mq");
  CHECK(s.listen == std::vector<ListenAddress>{{"", 9104}});

  SECTION("its own address, our variable, our flag: the latter win") {
    Variables more = environment;
    more["listenAddress"] = "127.0.0.1:1";
    CHECK(settings_of({"serve"}, more).listen == std::vector<ListenAddress>{{"127.0.0.1", 1}});
    more["RMQLAG_WEB_LISTEN_ADDRESS"] = ":2";
    CHECK(settings_of({"serve"}, more).listen == std::vector<ListenAddress>{{"", 2}});
    CHECK(settings_of({"serve", "--web.listen-address", ":3"}, more).listen == std::vector<ListenAddress>{{"", 3}});
    CHECK(settings_of({"serve", "--topics", "*"}, more).collect.topics.wants("broker-a"));
  }
  SECTION("other commands do not") { CHECK_THAT(error_of({"dump"}, environment), ContainsSubstring("no source")); }
  SECTION("an error names the variable") {
    CHECK_THAT(error_of({"serve", "c:1"}, {{"listenAddress", "9104"}}),
               ContainsSubstring("listenAddress: '9104' is not an address to listen on"));
  }
}

TEST_CASE("arguments: check") {
  const Settings s = settings_of({"check", "c:1", "--warn", "5", "--crit", "5"});
  CHECK(s.check.by == (by::topic | by::group));
  CHECK(s.check.lag.warn == 5);
  CHECK(s.check.lag.crit == 5);
  CHECK_FALSE(s.check.unowned_queues.given());
  CHECK_FALSE(s.check.strict);

  const Settings other = settings_of({"check", "c:1", "--unowned-crit", "0", "--by", "process", "--strict"});
  CHECK(other.check.by == (by::host | by::process));
  CHECK_FALSE(other.check.lag.given());
  CHECK_FALSE(other.check.unowned_queues.warn.has_value());
  CHECK(other.check.unowned_queues.crit == 0);
  CHECK(other.check.strict);

  CHECK_THAT(error_of({"check", "c:1"}), ContainsSubstring("no limit: give --warn"));
  CHECK_THAT(error_of({"check", "--crit", "1"}), ContainsSubstring("no source"));
  CHECK_THAT(error_of({"check", "c:1", "--warn", "6", "--crit", "5"}), ContainsSubstring("--warn is above --crit"));
  CHECK_THAT(error_of({"check", "c:1", "--unowned-warn", "6", "--unowned-crit", "5"}),
             ContainsSubstring("--unowned-warn is above --unowned-crit"));
  CHECK_THAT(error_of({"check", "c:1", "--warn", "-1"}), ContainsSubstring("--warn: '-1' is not a whole number"));
  CHECK_THAT(error_of({"check", "c:1", "--warn", "1k"}), ContainsSubstring("'1k'"));
  CHECK_THAT(error_of({"check", "c:1", "--by", "topics"}), ContainsSubstring("topics"));
}

TEST_CASE("arguments: ready") {
  CHECK(settings_of({"ready"}).console.url == "http://127.0.0.1:9776");
  CHECK(settings_of({"ready", "https://[::1]:1/x"}).console.url == "https://[::1]:1/x");
  CHECK(settings_of({"ready", "--url", "host:1", "--insecure"}).curl.insecure);
  CHECK(settings_of({"ready"}, {{"RMQLAG_CONSOLE", "c:1"}, {"RMQLAG_URL", "host:1"}}).console.url == "host:1");
  CHECK_THAT(error_of({"ready", "--topics", "orders"}), ContainsSubstring("--topics is not a flag of ready"));
}

TEST_CASE("arguments: help and version") {
  for (const std::vector<const char*>& words : std::vector<std::vector<const char*>>{{}, {"help"}, {"--help"}, {"-h"}, {"help", "help"}}) {
    const auto parsed = parse(words);
    REQUIRE(parsed.has_value());
    CHECK_FALSE(parsed->command.has_value());
    CHECK_THAT(parsed->text, ContainsSubstring("Usage: rmqlag COMMAND SOURCE") && ContainsSubstring("\n  dump "));
  }
  CHECK(parse({"dump", "--help"})->text == parse({"help", "dump"})->text);
  CHECK(parse({"dump", "-h", "--deadline", "x"})->text == parse({"help", "dump"})->text);
  CHECK_THAT(parse({"help", "dump"})->text, ContainsSubstring("Examples") && ContainsSubstring("Exit codes") && ContainsSubstring("130"));
  CHECK_THAT(parse({"--version"})->text, ContainsSubstring("rmqlag "));
  CHECK(parse({"check", "c:1", "--warn", "1"})->command == Command::check);

  SECTION("no line is wider than a hundred columns") {
    std::string text = parse({})->text;
    for (const CommandInfo& command : commands()) text += parse({"help", std::string(command.name).c_str()})->text;
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = std::min(text.find('\n', begin), text.size());
      CAPTURE(text.substr(begin, end - begin));
      CHECK(end - begin <= 100);
      begin = end + 1;
    }
  }
}

TEST_CASE("arguments: the terminal's wishes") {
  CHECK_FALSE(settings_of({"dump", "c:1"}, {{"NO_COLOR", "1"}}).colour_allowed);
  CHECK_FALSE(settings_of({"dump", "c:1"}, {{"TERM", "dumb"}}).colour_allowed);
  CHECK(settings_of({"dump", "c:1"}, {{"https_proxy", "p:1"}, {"no_proxy", "x"}}).proxies.https == "p:1");
}
