// yaml_file.cc: a YAML file as a small tree with line numbers, and errors that name the line (yaml_file.h).
#include "yaml_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "small_file.h"
#include "suggestion.h"
#include "values.h"

namespace rmqlag::tools {
namespace {

constexpr int most_nodes = 200'000;  // aliases are copied: a file of a few lines could become billions

Error error_at(const std::string& name, int line, std::string_view message) {
  return {ErrorCode::bad_file, name + ":" + std::to_string(line) + ": " + std::string(message)};
}

/// From yaml-cpp's tree to ours.
class Builder {
 public:
  explicit Builder(const std::string& name) : name_(name) {}

  /// `line`: where the node belongs, known only to what is around it.
  Expected<YamlNode> build(const YAML::Node& from, int line) {
    YamlNode node;
    node.line = line;
    if (++nodes_ > most_nodes) return error_at(name_, line, "too much: more than " + std::to_string(most_nodes) + " values");
    switch (from.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: break;
      case YAML::NodeType::Scalar:
        node.kind = YamlNode::Kind::scalar;
        node.text = from.Scalar();
        break;
      case YAML::NodeType::Sequence: return sequence(from, std::move(node));
      case YAML::NodeType::Map: return mapping(from, std::move(node));
    }
    return node;
  }

 private:
  static int line_of(const YAML::Node& node, int otherwise) { return node.Mark().is_null() ? otherwise : node.Mark().line + 1; }

  Expected<YamlNode> sequence(const YAML::Node& from, YamlNode node) {
    node.kind = YamlNode::Kind::sequence;
    for (const YAML::Node& item : from) {
      auto built = build(item, line_of(item, node.line));
      if (!built) return built;
      node.items.push_back(*std::move(built));
    }
    return node;
  }

  Expected<YamlNode> mapping(const YAML::Node& from, YamlNode node) {
    node.kind = YamlNode::Kind::mapping;
    std::set<std::string, std::less<>> seen;
    for (const auto& member : from) {
      const int line = line_of(member.first, node.line);
      if (!member.first.IsScalar()) return error_at(name_, line, "a key must be plain text");
      std::string key = member.first.Scalar();
      if (!seen.insert(key).second) return error_at(name_, line, quoted(key) + " stands there twice");
      auto value = build(member.second, line);
      if (!value) return value;
      node.members.push_back({std::move(key), *std::move(value)});
    }
    return node;
  }

  const std::string& name_;
  int nodes_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &YamlMember::key);
  return found == members.end() ? nullptr : &found->value;
}

Expected<YamlFile> YamlFile::read(const std::string& name) {
  const auto content = read_small_file(name);
  if (!content) return content.error();
  return parse(name, *content);
}

Expected<YamlFile> YamlFile::parse(std::string name, std::string_view text) {
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) return error_at(name, documents[1].Mark().line + 1, "a second document: there must be one");
    YamlNode empty;
    empty.kind = YamlNode::Kind::mapping;
    empty.line = 1;
    if (documents.empty() || documents.front().IsNull()) return YamlFile(std::move(name), std::move(empty));
    auto root = Builder(name).build(documents.front(), 1);
    if (!root) return std::move(root).error();
    return YamlFile(std::move(name), *std::move(root));
  } catch (const YAML::ParserException& problem) {
    return error_at(name, problem.mark.line + 1, "no valid YAML: " + problem.msg);
  } catch (const YAML::Exception& problem) {
    return Error{ErrorCode::bad_file, name + ": no valid YAML: " + problem.msg};
  }
}

Error YamlFile::error(const YamlNode& node, std::string_view message) const { return error_at(name_, node.line, message); }

Expected<std::string> YamlFile::text(const YamlNode& node, std::string_view what) const {
  if (node.kind == YamlNode::Kind::scalar) return node.text;
  return error(node, std::string(what) + (node.kind == YamlNode::Kind::nothing ? ": the value is missing" : " must be one plain value"));
}

Expected<std::vector<std::string>> YamlFile::texts(const YamlNode& node, std::string_view what) const {
  std::vector<std::string> list;
  if (node.kind == YamlNode::Kind::nothing) return list;
  if (node.kind == YamlNode::Kind::scalar) return std::vector{node.text};
  if (node.kind != YamlNode::Kind::sequence) return error(node, std::string(what) + " must be a list");
  for (const YamlNode& item : node.items) {
    auto one = text(item, what);
    if (!one) return std::move(one).error();
    list.push_back(*std::move(one));
  }
  return list;
}

Expected<bool> YamlFile::boolean(const YamlNode& node, std::string_view what) const {
  if (const auto value = parse_on_off(node.text)) return *value;
  return error(node, std::string(what) + " must be true or false");
}

Expected<void> YamlFile::keys(const YamlNode& node, std::string_view what, std::span<const std::string_view> known) const {
  if (node.kind == YamlNode::Kind::nothing) return {};
  if (node.kind != YamlNode::Kind::mapping) return error(node, std::string(what) + " must be a mapping, 'key: value'");
  for (const auto& [key, value] : node.members) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string_view like = nearest(key, known);
    return error(value, quoted(key) + " is not a key of " + std::string(what) +
                            (like.empty() ? std::string() : ": did you mean " + quoted(like) + "?"));
  }
  return {};
}

Expected<void> YamlFile::sequence(const YamlNode& node, std::string_view what) const {
  if (node.kind == YamlNode::Kind::nothing || node.kind == YamlNode::Kind::sequence) return {};
  return error(node, std::string(what) + " must be a list");
}

}  // namespace rmqlag::tools
