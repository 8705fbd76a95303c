// precedence.cc: where each setting comes from (precedence.h).
#include "precedence.h"

#include <algorithm>
#include <optional>

#include "config_file.h"
#include "suggestion.h"
#include "values.h"

namespace rmqlag::tools {
namespace {

bool is_source(std::string_view name) { return name == "console" || name == "replay"; }

template <class Values>
bool names_source(const Values& values) {
  return values.contains("console") || values.contains("replay");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// The values of a flag, what sets them, and the name to show when they are wrong.
struct Chosen {
  std::string origin;
  std::vector<std::string> values;
  Setter set = nullptr;
};

/// Chooses, flag by flag, between the places that a value may come from.
class Chooser {
 public:
  Chooser(Command command, const Given& given, const Environment& environment, const ConfigValues& file)
      : given_(given),
        environment_(environment),
        file_(file),
        may_ask_peer_(command == Command::serve),
        stands_in_for_peer_(may_ask_peer_ && any_flag([this](const Flag& flag) { return peer_variable(flag).has_value(); })),
        source_in_environment_(any_flag([this](const Flag& flag) { return is_source(flag.name) && variable(flag).has_value(); })) {}

  Chosen choose(const Flag& flag) const {
    if (auto given = given_value(flag)) return *std::move(given);
    if (is_source(flag.name) && names_source(given_)) return {};  // another kind: what ranks lower does not interfere
    if (auto set = variable(flag)) return *std::move(set);
    if (is_source(flag.name) && source_in_environment_) return {};
    if (auto written = written_value(flag, file_); written && !is_hidden(flag)) return *std::move(written);
    return fallback(flag);
  }

  /// The same for a target, whose values stand before those of the file's top.
  Chosen choose(const Flag& flag, const ConfigValues& target) const {
    const bool shared = of_target(flag) == OfTarget::shared;
    if (shared) {
      if (auto given = given_value(flag)) return *std::move(given);
      if (auto set = variable(flag)) return *std::move(set);
    }
    if (auto written = written_value(flag, target)) return *std::move(written);
    return shared ? choose(flag) : fallback(flag);
  }

 private:
  template <class Predicate>
  static bool any_flag(Predicate predicate) {
    return std::ranges::any_of(flags(), predicate);
  }

  static std::string shown(const Flag& flag) { return "--" + std::string(flag.name); }

  std::optional<Chosen> given_value(const Flag& flag) const {
    const auto values = given_.find(flag.name);
    if (values == given_.end()) return std::nullopt;
    return Chosen{shown(flag), values->second, flag.set};
  }

  std::optional<Chosen> variable(const Flag& flag) const {
    const std::string name = environment_name(flag.name);
    std::string value = environment_(name);
    if (value.empty()) return may_ask_peer_ ? peer_variable(flag) : std::nullopt;
    return Chosen{name, flag.repeatable ? lines_of(value) : std::vector{std::move(value)}, flag.set};
  }

  std::optional<Chosen> peer_variable(const Flag& flag) const {
    const PeerVariable& peer = flag.peer;
    std::string value = peer.name.empty() ? "" : environment_(peer.name);
    if (value.empty()) return std::nullopt;
    return Chosen{std::string(peer.name), {std::move(value)}, peer.set != nullptr ? peer.set : flag.set};
  }

  static std::optional<Chosen> written_value(const Flag& flag, const ConfigValues& written) {
    const auto value = written.find(flag.name);
    if (value == written.end()) return std::nullopt;
    return Chosen{value->second.origin, value->second.values, flag.set};
  }

  /// The environment holds the password itself, which is no flag.
  bool is_hidden(const Flag& flag) const { return flag.name == "password-file" && !environment_("RMQLAG_PASSWORD").empty(); }

  Chosen fallback(const Flag& flag) const {
    const std::string_view value = stands_in_for_peer_ && !flag.peer.fallback.empty() ? flag.peer.fallback : flag.fallback;
    if (value.empty()) return {};
    return {shown(flag), {std::string(value)}, flag.set};
  }

  const Given& given_;
  const Environment& environment_;
  const ConfigValues& file_;
  const bool may_ask_peer_;
  const bool stands_in_for_peer_;
  const bool source_in_environment_;
};

Expected<void> apply(const Flag& flag, const Chosen& chosen, Settings& settings) {
  if (chosen.values.empty()) return {};
  const std::size_t first = flag.repeatable ? 0 : chosen.values.size() - 1;  // given twice: the last one stands
  for (std::size_t i = first; i < chosen.values.size(); ++i) {
    if (auto ok = chosen.set(settings, chosen.values[i]); !ok) return ok.error().with_prefix(chosen.origin);
  }
  return {};
}

/// What has a variable but no flag.
void take_environment(const Environment& environment, Settings& settings) {
  if (settings.console.password.empty() && !settings.console.username.empty()) settings.console.password = environment("RMQLAG_PASSWORD");
  settings.proxies = {environment("http_proxy"), environment("https_proxy"), environment("all_proxy"), environment("no_proxy")};
  settings.colour_allowed = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

/// The name of the configuration file must be known before anything else can be chosen.
std::string config_file_name(const Given& given, const Environment& environment) {
  constexpr std::string_view flag = "config.file";
  const auto name = given.find(flag);
  return name == given.end() ? environment(environment_name(flag)) : name->second.back();
}

Expected<ConfigFile> config_of(const std::string& name) {
  if (name.empty()) return ConfigFile{};
  const auto file = YamlFile::read(name);
  if (!file) return file.error();
  return read_config_file(*file);
}

class Gatherer {
 public:
  Gatherer(Command command, const Given& given, const Environment& environment, const ConfigFile& config)
      : command_(command),
        given_(given),
        environment_(environment),
        config_(config),
        chooser_(command, given, environment, config.values) {}

  Expected<Settings> gather() const {
    Settings settings;
    for (const Flag& flag : flags()) {
      if (!flag.belongs_to(command_)) continue;
      if (auto ok = apply(flag, chooser_.choose(flag), settings); !ok) return ok.error();
    }
    take_environment(environment_, settings);
    if (command_ == Command::serve) {
      if (auto ok = add_targets(settings); !ok) return ok.error();
    } else if (!settings.target.empty()) {
      if (auto ok = turn_to_target(settings); !ok) return ok.error();
    } else if (!settings.has_source() && !config_.targets.empty()) {
      return invalid("--target is missing: which target of the configuration file? (" + target_names() + ")");
    }
    if (auto ok = check_together(settings, command_); !ok) return ok.error();
    return settings;
  }

 private:
  Expected<void> add_targets(Settings& settings) const {
    for (const ConfigTarget& target : config_.targets) {
      auto source = source_of(target, settings);
      if (!source) return std::move(source).error();
      settings.targets.push_back({target.name, *std::move(source)});
    }
    return {};
  }

  /// Its source becomes ours.
  Expected<void> turn_to_target(Settings& settings) const {
    const auto target = std::ranges::find(config_.targets, settings.target, &ConfigTarget::name);
    if (target == config_.targets.end()) return unknown_target(settings.target);
    for (const Flag& flag : flags()) {
      if (of_target(flag) != OfTarget::alone || !given_.contains(flag.name)) continue;
      return invalid("--" + std::string(flag.name) + ": not together with --target, which says it");
    }
    auto source = source_of(*target, settings);
    if (!source) return std::move(source).error();
    static_cast<SourceSettings&>(settings) = *std::move(source);
    return {};
  }

  Expected<SourceSettings> source_of(const ConfigTarget& target, const Settings& settings) const {
    Settings scratch;  // setters know no smaller thing
    scratch.proxies = settings.proxies;
    for (const Flag& flag : flags()) {
      if (!flag.belongs_to(command_) || of_target(flag) == OfTarget::no) continue;
      if (auto ok = apply(flag, chooser_.choose(flag, target.values), scratch); !ok) return ok.error();
    }
    if (auto ok = check_source(scratch); !ok) return ok.error().with_prefix(target.origin);
    return static_cast<SourceSettings&&>(scratch);
  }

  std::string target_names() const {
    std::string names;
    for (const ConfigTarget& target : config_.targets) names += (names.empty() ? "" : ", ") + target.name;
    return names;
  }

  Error unknown_target(std::string_view name) const {
    if (config_.targets.empty()) return invalid("--target: there are no targets without a --config.file that has some");
    std::vector<std::string_view> names;
    for (const ConfigTarget& target : config_.targets) names.push_back(target.name);
    const std::string_view like = nearest(name, names);
    return invalid("--target: the configuration file has no " + quoted(name) +
                   (like.empty() ? std::string() : ": did you mean " + quoted(like) + "?"));
  }

  const Command command_;
  const Given& given_;
  const Environment& environment_;
  const ConfigFile& config_;
  const Chooser chooser_;
};

}  // namespace

Expected<Settings> settings_for(Command command, const Given& given, const Environment& environment) {
  const auto config = config_of(config_file_name(given, environment));
  if (!config) return config.error();
  return Gatherer(command, given, environment, *config).gather();
}

}  // namespace rmqlag::tools
