// config_file.h: --config.file: the values of flags as YAML, and named targets.
// Used by precedence.h, which joins them with the command line and the environment. What such a file looks like: docs/cli.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/expected.h"
#include "yaml_file.h"

namespace rmqlag::tools {

/// What a file says for a flag, as the texts that the command line would hold.
struct ConfigValue {
  std::string origin;  ///< stands in messages: "rmqlag.yml:3: topics"
  std::vector<std::string> values;
};
using ConfigValues = std::map<std::string, ConfigValue, std::less<>>;  // by the flag's name

struct ConfigTarget {
  std::string name;
  std::string origin;  ///< "rmqlag.yml:7: target prod"
  ConfigValues values;
};

struct ConfigFile {
  ConfigValues values;
  std::vector<ConfigTarget> targets;
};

/// Every key is a flag, whatever the command; what its value may be is the flag's to say. Relative names of files are taken from the
/// directory of this one. Errors: those of yaml_file.h; an unknown key, with the nearest known one; a value of the wrong shape;
/// a name that cannot be a target's.
Expected<ConfigFile> read_config_file(const YamlFile& file);

}  // namespace rmqlag::tools
