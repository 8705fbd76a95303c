// config_file.cc: --config.file (config_file.h).
#include "config_file.h"

#include <algorithm>
#include <filesystem>

#include "flags.h"
#include "values.h"

namespace rmqlag::tools {
namespace {

constexpr std::string_view targets_key = "targets";
constexpr std::size_t longest_target = 100;

/// The file itself, and what chooses from it, cannot stand in it.
bool may_stand_in_file(const Flag& flag) { return !flag.name.starts_with("config.") && flag.name != "target"; }

bool is_target_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_target && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == ':';
  });
}

const Flag* find_flag(std::string_view name) {
  const auto found = std::ranges::find(flags(), name, &Flag::name);
  return found == flags().end() ? nullptr : &*found;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ",") + text;
  return list;
}

class Reader {
 public:
  explicit Reader(const YamlFile& file) : file_(file) {}

  /// `node`: a mapping; `also`: a key that is no flag.
  template <class Wanted>
  Expected<ConfigValues> values(const YamlNode& node, std::string_view what, Wanted wanted, std::string_view also = {}) const {
    std::vector<std::string_view> known;
    for (const Flag& flag : flags()) {
      if (wanted(flag)) known.push_back(flag.name);
    }
    if (!also.empty()) known.push_back(also);
    if (auto ok = file_.keys(node, what, known); !ok) return ok.error();
    ConfigValues values;
    for (const auto& [key, value] : node.members) {
      if (key == also) continue;
      auto texts = texts_of(*find_flag(key), value);
      if (!texts) return std::move(texts).error();
      values[key] = {file_.error(value, key).message, *std::move(texts)};
    }
    return values;
  }

  Expected<std::vector<ConfigTarget>> targets(const YamlNode& node) const {
    std::vector<ConfigTarget> targets;
    if (node.kind == YamlNode::Kind::nothing) return targets;
    if (node.kind != YamlNode::Kind::mapping) return file_.error(node, "targets must be a mapping, one name and its settings each");
    for (const auto& [name, value] : node.members) {
      if (!is_target_name(name)) return file_.error(value, tools::quoted(name) + " cannot name a target: letters, digits and . _ - : can");
      auto own = values(value, "a target", [](const Flag& flag) { return of_target(flag) != OfTarget::no; });
      if (!own) return std::move(own).error();
      targets.push_back({name, file_.error(value, "target " + name).message, *std::move(own)});
    }
    return targets;
  }

 private:
  Expected<std::vector<std::string>> texts_of(const Flag& flag, const YamlNode& node) const {
    if (flag.repeatable && node.kind == YamlNode::Kind::mapping) return pairs(node, flag.name);
    if (!flag.repeatable && !is_list(flag)) {
      auto text = file_.text(node, flag.name);
      if (!text) return std::move(text).error();
      return std::vector{located(flag, *std::move(text))};
    }
    auto texts = file_.texts(node, flag.name);
    if (!texts || flag.repeatable) {
      if (texts) std::ranges::transform(*texts, texts->begin(), [&](std::string& text) { return located(flag, std::move(text)); });
      return texts;
    }
    return std::vector{joined(*texts)};
  }

  /// Headers, as one likes to write them in YAML.
  Expected<std::vector<std::string>> pairs(const YamlNode& node, std::string_view what) const {
    std::vector<std::string> texts;
    for (const auto& [key, value] : node.members) {
      const auto text = file_.text(value, what);
      if (!text) return text.error();
      texts.push_back(key + ": " + *text);
    }
    return texts;
  }

  std::string located(const Flag& flag, std::string text) const {
    if (!flag.argument.starts_with("FILE")) return text;
    return (std::filesystem::path(file_.name()).parent_path() / text).string();
  }

  const YamlFile& file_;
};

}  // namespace

Expected<ConfigFile> read_config_file(const YamlFile& file) {
  const Reader reader(file);
  auto values = reader.values(file.root(), "the configuration", may_stand_in_file, targets_key);
  if (!values) return std::move(values).error();
  ConfigFile config{*std::move(values), {}};
  if (const YamlNode* node = file.root().find(targets_key)) {
    auto targets = reader.targets(*node);
    if (!targets) return std::move(targets).error();
    config.targets = *std::move(targets);
  }
  return config;
}

}  // namespace rmqlag::tools
