// config_file_test.cc: the configuration file, alone and joined with the command line and the environment (precedence.h).
#include "config_file.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "arguments.h"
#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;
using namespace std::chrono_literals;

namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

/// A directory with a configuration file for one test.
class Directory {
 public:
  explicit Directory(std::string_view content) : path_(std::filesystem::temp_directory_path() / "rmqlag-config-file-test") {
    std::filesystem::create_directories(path_);
    write("f.yml", content);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  void write(const std::string& name, std::string_view content) const { std::ofstream(path_ / name, std::ios::binary) << content; }
  std::string file() const { return path(std::string("f.yml")); }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

Expected<Arguments> parse(std::vector<const char*> words, const Directory& directory, const Variables& variables = {}) {
  const std::string file = directory.file();
  words.insert(words.end(), {"--config.file", file.c_str()});
  return parse_arguments(words, [&variables](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

Settings settings_of(const std::vector<const char*>& words, const Directory& directory, const Variables& variables = {}) {
  const auto parsed = parse(words, directory, variables);
  INFO((parsed ? std::string() : parsed.error().message));
  REQUIRE(parsed.has_value());
  return parsed->settings;
}

/// Without the name of the file's directory.
std::string error_of(const std::vector<const char*>& words, const Directory& directory) {
  const auto parsed = parse(words, directory);
  REQUIRE_FALSE(parsed.has_value());
  std::string message = parsed.error().message;
  CHECK(message.find('\n') == std::string::npos);
  if (const auto at = message.find(directory.path("")); at != std::string::npos) message.erase(at, directory.path("").size());
  return message;
}

}  // namespace

TEST_CASE("config file: flag, environment, file, default") {
  const Directory directory("console: file:1\ndeadline: 7s\nretry-topics: off\nconcurrency: 2\n");
  const Settings s = settings_of({"dump"}, directory);
  CHECK(s.console.url == "file:1");
  CHECK(s.deadline == 7s);
  CHECK_FALSE(s.collect.retry_topics);
  CHECK(s.collect.request_timeout == 30s);
  CHECK(settings_of({"dump"}, directory, {{"RMQLAG_DEADLINE", "8s"}}).deadline == 8s);
  CHECK(settings_of({"dump", "--deadline", "9s"}, directory, {{"RMQLAG_DEADLINE", "8s"}}).deadline == 9s);
  CHECK(settings_of({"dump", "arg:1"}, directory, {{"RMQLAG_CONSOLE", "env:1"}}).console.url == "arg:1");
  CHECK(settings_of({"dump"}, directory, {{"RMQLAG_CONSOLE", "env:1"}}).console.url == "env:1");

  SECTION("a source of another kind that ranks higher hides the file's") {
    CHECK(settings_of({"dump", "a.har"}, directory).console.url.empty());
    CHECK(settings_of({"dump"}, directory, {{"RMQLAG_REPLAY", "a.har"}}).console.url.empty());
  }
  SECTION("RMQLAG_CONFIG_FILE names it, too") {
    const Variables variables{{"RMQLAG_CONFIG_FILE", directory.file()}};
    const std::vector<const char*> words{"dump"};
    const auto parsed = parse_arguments(words, [&](std::string_view name) { return name == "RMQLAG_CONFIG_FILE" ? directory.file() : ""; });
    REQUIRE(parsed.has_value());
    CHECK(parsed->settings.console.url == "file:1");
  }
}

TEST_CASE("config file: values") {
  const Directory directory(
      "replay: [a.har, /abs/b.har]\n"
      "topics: [orders, '!%RETRY%*']\n"
      "header: {X-Tenant: 'a, b', X-Two: 2}\n"
      "insecure: true\n"
      "web.listen-address: ['127.0.0.1:1', ':2']\n"
      "metrics.set: own,queues\n");
  const Settings s = settings_of({"serve"}, directory);
  CHECK(s.recordings == std::vector<std::string>{directory.path("a.har"), "/abs/b.har"});
  CHECK(s.collect.topics.wants("orders"));
  CHECK_FALSE(s.collect.topics.wants("%RETRY%g"));
  REQUIRE(s.console.headers.size() == 2);
  CHECK(s.console.headers[0].value == "a, b");
  CHECK(s.curl.insecure);
  CHECK(s.listen == std::vector<ListenAddress>{{"127.0.0.1", 1}, {"", 2}});
  CHECK_FALSE(s.metrics.compatible);

  SECTION("what belongs to another command does not disturb") { CHECK(settings_of({"dump"}, directory).recordings.size() == 2); }
  SECTION("a list of headers") {
    directory.write("f.yml", "console: c:1\nheader: ['A: 1', 'B: 2']\n");
    CHECK(settings_of({"dump"}, directory).console.headers.size() == 2);
  }
}

TEST_CASE("config file: passwords") {
  const Directory directory("console: c:1\nusername: u\npassword-file: p\n");
  directory.write("p", "from file\n");
  CHECK(settings_of({"dump"}, directory).console.password == "from file");
  CHECK(settings_of({"dump"}, directory, {{"RMQLAG_PASSWORD", "from environment"}}).console.password == "from environment");
}

TEST_CASE("config file: every flag may stand in it, but those that choose it") {
  for (const Flag& flag : flags()) {
    CAPTURE(flag.name);
    const bool chooses = flag.name.starts_with("config.") || flag.name == "target";
    const auto file = YamlFile::parse("f.yml", std::string(flag.name) + ": x\n");
    REQUIRE(file.has_value());
    CHECK(read_config_file(*file).has_value() != chooses);
  }
}

TEST_CASE("config file: what is wrong, and where") {
  const auto [content, expected] = GENERATE(table<const char*, const char*>({
      {"console: c:1\ndeadlin: 5s\n", "f.yml:2: 'deadlin' is not a key of the configuration: did you mean 'deadline'?"},
      {"console: c:1\npassword: hunter2\n", "f.yml:2: 'password' is not a key of the configuration"},
      {"console: c:1\ndeadline: 5x\n", "f.yml:2: deadline: '5x' is not a duration (examples: 30s, 1m30s)"},
      {"console: c:1\ndeadline:\n", "f.yml:2: deadline: the value is missing"},
      {"console: c:1\ndeadline: [5s]\n", "f.yml:2: deadline must be one plain value"},
      {"console: c:1\nheader: [[a]]\n", "f.yml:2: header must be one plain value"},
      {"console: c:1\ninsecure: yes\n", "f.yml:2: insecure: 'yes' is neither on nor off"},
      {"console: c:1\nconfig.file: other.yml\n", "f.yml:2: 'config.file' is not a key of the configuration"},
      {"- console\n", "f.yml:1: the configuration must be a mapping, 'key: value'"},
      {"targets: [a]\n", "f.yml:1: targets must be a mapping, one name and its settings each"},
      {"targets:\n  a b: {console: c:1}\n", "f.yml:2: 'a b' cannot name a target: letters, digits and . _ - : can"},
      {"targets:\n  a:\n    console: c:1\n    interval: 5s\n", "f.yml:4: 'interval' is not a key of a target"},
      {"targets:\n  a:\n    consol: c:1\n", "f.yml:3: 'consol' is not a key of a target: did you mean 'console'?"},
      {"targets:\n  a:\n    console: c:1\n    replay: x.har\n", "f.yml:2: target a: two sources: give a console or recordings, not both"},
      {"targets:\n  a: {console: c:1}\n  a: {console: d:1}\n", "f.yml:3: 'a' stands there twice"},
  }));
  const Directory directory(content);
  const std::string message = error_of({"serve"}, directory);
  CHECK_THAT(message, ContainsSubstring(expected));
  CHECK_THAT(message, !ContainsSubstring("hunter2"));
}

TEST_CASE("config file: targets") {
  const Directory directory(
      "request-timeout: 9s\n"
      "topics: shared\n"
      "username: top\n"
      "password-file: p\n"
      "targets:\n"
      "  prod:\n"
      "    console: https://prod:1\n"
      "    username: u\n"
      "    password-file: p\n"
      "    groups: billing\n"
      "    stale-after: 1h\n"
      "  old:\n"
      "    replay: old.har\n"
      "    topics: own\n");
  directory.write("p", "secret\n");

  SECTION("serve knows all of them") {
    const Settings s = settings_of({"serve", "--concurrency", "3"}, directory, {{"RMQLAG_DEADLINE", "5s"}, {"https_proxy", "x:1"}});
    REQUIRE(s.targets.size() == 2);
    CHECK_FALSE(s.has_source());
    const Target& prod = s.targets[0];
    CHECK(prod.name == "prod");
    CHECK(prod.source.console.url == "https://prod:1");
    CHECK(prod.source.console.username == "u");
    CHECK(prod.source.console.password == "secret");
    CHECK(prod.source.collect.request_timeout == 9s);
    CHECK(prod.source.collect.stale_after == 1h);
    CHECK(prod.source.collect.concurrency == 3);
    CHECK(prod.source.collect.topics.wants("shared"));
    CHECK_FALSE(prod.source.collect.topics.wants("other"));
    CHECK_FALSE(prod.source.collect.groups.wants("ledger"));
    CHECK(prod.source.deadline == 5s);
    CHECK(prod.source.proxies.https == "x:1");
    const Target& old = s.targets[1];
    CHECK(old.source.recordings == std::vector<std::string>{directory.path("old.har")});
    CHECK(old.source.collect.topics.wants("own"));
    CHECK_FALSE(old.source.collect.topics.wants("shared"));
  }
  SECTION("a login is never sent to another console") {
    const Settings s = settings_of({"serve", "c:1", "--header", "Token: t", "--namesrv", "n:1"}, directory, {{"RMQLAG_PASSWORD", "env"}});
    CHECK(s.console.username == "top");
    CHECK(s.targets[0].source.console.password == "secret");
    CHECK(s.targets[0].source.console.headers.empty());
    CHECK(s.targets[0].source.collect.namesrv.empty());
    CHECK(s.targets[1].source.console.username.empty());
  }
  SECTION("a flag stands above a target") {
    const Settings s = settings_of({"serve", "--topics", "flag"}, directory);
    CHECK(s.targets[1].source.collect.topics.wants("flag"));
    CHECK_FALSE(s.targets[1].source.collect.topics.wants("own"));
  }
  SECTION("other commands read one of them") {
    CHECK(settings_of({"dump", "--target", "prod"}, directory).console.url == "https://prod:1");
    CHECK(settings_of({"dump", "--target", "old"}, directory, {{"RMQLAG_CONSOLE", "env:1"}}).console.url.empty());
    CHECK(error_of({"dump"}, directory) == "--target is missing: which target of the configuration file? (prod, old)");
    CHECK(error_of({"dump", "--target", "prd"}, directory) ==
          "--target: the configuration file has no 'prd': did you mean 'prod'?");
    CHECK(error_of({"dump", "c:1", "--target", "prod"}, directory) == "--console: not together with --target, which says it");
    CHECK_THAT(error_of({"serve", "--target", "prod"}, directory), ContainsSubstring("not a flag of serve"));
  }
  SECTION("a target's login needs its own password") {
    directory.write("f.yml", "targets:\n  a:\n    console: c:1\n    username: u\n");
    CHECK_THAT(error_of({"serve"}, directory), ContainsSubstring("f.yml:2: target a: ") && ContainsSubstring("password-file"));
  }
}

TEST_CASE("config file: --target needs one") {
  const std::vector<const char*> words{"dump", "--target", "prod"};
  const auto parsed = parse_arguments(words, [](std::string_view) { return std::string(); });
  REQUIRE_FALSE(parsed.has_value());
  CHECK_THAT(parsed.error().message, ContainsSubstring("--config.file"));
}

TEST_CASE("config file: --shard") {
  const Directory directory("console: c:1\nshard: 2/3\n");
  CHECK(settings_of({"dump"}, directory).collect.shard == 2);
  CHECK(settings_of({"dump"}, directory).collect.shards == 3);
  for (const char* bad : {"0/3", "4/3", "3", "3/", "/3", "1/2/3", "a/b", "1/0", "-1/2", "1/1001"}) {
    CAPTURE(bad);
    CHECK_THAT(error_of({"dump", "--shard", bad}, directory), ContainsSubstring("is no shard (example: 2/3"));
  }
}
