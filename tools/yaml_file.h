// yaml_file.h: a YAML file as a small tree with line numbers, and errors that name the line: "FILE:LINE: ...".
// Used by config_file.h and web_config.h. The one place of yaml-cpp is yaml_file.cc, and its exceptions end there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/expected.h"

namespace rmqlag::tools {

struct YamlMember;

struct YamlNode {
  enum class Kind : std::uint8_t { nothing, scalar, sequence, mapping };

  Kind kind = Kind::nothing;        ///< nothing: an empty value, or null
  int line = 0;                     ///< from 1; of a member's value: where its key is
  std::string text;                 ///< of a scalar, as it was written: no types are guessed
  std::vector<YamlNode> items;      ///< of a sequence
  std::vector<YamlMember> members;  ///< of a mapping, in the order of the file; every key once

  /// The value under a key, or null where there is no such key.
  const YamlNode* find(std::string_view key) const;
};

struct YamlMember {
  std::string key;
  YamlNode value;
};

/// One document. An empty file is a mapping without members. Every error is `bad_file`, but `io` where the file cannot be read.
class YamlFile {
 public:
  /// Errors: the file cannot be read or is larger than 4 MiB; no YAML; several documents; a key twice; keys that are no scalars;
  /// aliases that make it grow beyond all measure.
  static Expected<YamlFile> read(const std::string& name);
  /// The same from memory; `name` stands in messages.
  static Expected<YamlFile> parse(std::string name, std::string_view text);

  const std::string& name() const { return name_; }
  const YamlNode& root() const { return root_; }

  /// "FILE:LINE: message".
  Error error(const YamlNode& node, std::string_view message) const;

  // What a node must be; `what` stands in messages: "username", "a target". Errors never show a value: it may be a secret.

  Expected<std::string> text(const YamlNode& node, std::string_view what) const;
  /// A sequence of scalars; one scalar alone is a list of one, nothing an empty one.
  Expected<std::vector<std::string>> texts(const YamlNode& node, std::string_view what) const;
  Expected<bool> boolean(const YamlNode& node, std::string_view what) const;  ///< true, false, on, off
  /// A mapping with no other keys than `known`; nothing counts as an empty one. An unknown key is refused with the nearest known one.
  Expected<void> keys(const YamlNode& node, std::string_view what, std::span<const std::string_view> known) const;
  Expected<void> sequence(const YamlNode& node, std::string_view what) const;  ///< nothing counts as an empty one

 private:
  YamlFile(std::string name, YamlNode root) : name_(std::move(name)), root_(std::move(root)) {}

  std::string name_;
  YamlNode root_;
};

}  // namespace rmqlag::tools
