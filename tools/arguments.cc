// arguments.cc: from the command line and the environment to a command and its settings (arguments.h).
#include "arguments.h"

// A value is one value, whatever it holds: --header 'Accept: a, b'. No argument can hold a NUL.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#include <algorithm>
#include <cxxopts.hpp>
#include <vector>

#include "help.h"
#include "rmqlag/version.h"
#include "suggestion.h"
#include "values.h"

namespace rmqlag::tools {
namespace {

constexpr std::size_t longest_flag = 4096;  // cxxopts matches them with regular expressions, which recurse on each character

struct CommandLine {
  Given given;
  std::vector<std::string> rest;  ///< what is no flag of the command
  bool help = false;
};

Error unknown_command(std::string_view word) {
  // A flag's value may be a secret.
  if (word.starts_with('-')) return invalid(quoted(word.substr(0, word.find('='))) + " comes too early: the command comes first (rmqlag help)");
  std::vector<std::string_view> names{"help"};
  for (const CommandInfo& command : commands()) names.push_back(command.name);
  const std::string_view like = nearest(word, names);
  if (like.empty()) return invalid(quoted(word) + " is not a command (rmqlag help shows them)");
  return invalid(quoted(word) + " is not a command: did you mean " + quoted(like) + "?");
}

Error unknown_flag(std::string_view word, const CommandInfo& command) {
  const std::string shown(word.substr(0, word.find('=')));  // not its value: that may be a secret
  const std::string name = shown.substr(word.starts_with("--") ? 2 : 1);
  std::vector<std::string_view> names{"help"};
  for (const Flag& flag : flags()) {
    if (flag.belongs_to(command.command)) {
      names.push_back(flag.name);
    } else if (flag.name == name) {
      return invalid(shown + " is not a flag of " + std::string(command.name));
    }
  }
  const std::string_view like = nearest(name, names);
  if (like.empty()) return invalid(shown + " is not a flag (rmqlag help " + std::string(command.name) + " shows them)");
  return invalid(shown + " is not a flag: did you mean --" + std::string(like) + "?");
}

Expected<CommandLine> read_command_line(const CommandInfo& command, std::span<const char* const> arguments) {
  for (const std::string_view argument : arguments) {
    if (!argument.starts_with('-') || argument.size() <= longest_flag) continue;
    return invalid("--name=value is too long; as two words, --name value, it may have any length");
  }
  std::vector<const char*> argv{"rmqlag"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  try {
    cxxopts::Options options("rmqlag");
    options.allow_unrecognised_options();  // ours to report
    options.add_options()("h,help", "");
    for (const Flag& flag : flags()) {
      if (!flag.belongs_to(command.command)) continue;
      auto value = cxxopts::value<std::vector<std::string>>();
      if (flag.argument.empty()) value->implicit_value("on");
      options.add_options()(std::string(flag.name), "", value);
    }
    const auto result = options.parse(static_cast<int>(argv.size()), argv.data());
    CommandLine line;
    line.help = result.count("help") > 0;
    line.rest = result.unmatched();
    for (const Flag& flag : flags()) {
      const std::string name(flag.name);
      if (flag.belongs_to(command.command) && result.count(name) > 0) line.given[flag.name] = result[name].as<std::vector<std::string>>();
    }
    return line;
  } catch (const cxxopts::exceptions::missing_argument&) {
    return invalid(std::string(argv.back()) + " needs a value");  // only the last argument can lack one
  } catch (const cxxopts::exceptions::exception&) {
    return invalid("the command line cannot be understood (rmqlag help " + std::string(command.name) + ")");
  }
}

/// A source without a flag: put where its flag would have put it.
Expected<void> take_source(Command command, std::string word, Given& given) {
  if (command == Command::ready) {
    given["url"].push_back(std::move(word));
  } else if (word.ends_with(".har") && word.find("://") == word.npos) {
    given["replay"].push_back(std::move(word));
  } else if (word.find(':') != word.npos) {
    if (given.contains("console")) return invalid("only one console can be read");
    given["console"].push_back(std::move(word));
  } else {
    return invalid(quoted(word) + " is no source: give a URL (http://console:8080), host:port, or a FILE.har");
  }
  return {};
}

Expected<Arguments> parse_command(const CommandInfo& command, std::span<const char* const> arguments, const Environment& environment) {
  Arguments parsed;
  auto line = read_command_line(command, arguments);
  if (!line) return std::move(line).error();
  if (line->help) {
    parsed.text = command_help(command);
    return parsed;
  }
  for (std::string& word : line->rest) {
    if (word.size() > 1 && word.front() == '-') return unknown_flag(word, command);
  }
  for (std::string& word : line->rest) {
    if (auto ok = take_source(command.command, std::move(word), line->given); !ok) return ok.error();
  }
  auto settings = settings_for(command.command, line->given, environment);
  if (!settings) return std::move(settings).error();
  parsed.settings = *std::move(settings);
  parsed.command = command.command;
  return parsed;
}

const CommandInfo* find_command(std::string_view name) {
  const auto found = std::ranges::find(commands(), name, &CommandInfo::name);
  return found == commands().end() ? nullptr : &*found;
}

Expected<Arguments> help_about(std::span<const char* const> words) {
  Arguments parsed;
  if (words.empty() || words.front() == std::string_view("help")) {
    parsed.text = short_help();
    return parsed;
  }
  const CommandInfo* command = find_command(words.front());
  if (command == nullptr) return unknown_command(words.front());
  parsed.text = command_help(*command);
  return parsed;
}

}  // namespace

Expected<Arguments> parse_arguments(std::span<const char* const> arguments, const Environment& environment) {
  const std::string_view first = arguments.empty() ? "--help" : arguments.front();
  if (first == "--version") {
    Arguments parsed;
    parsed.text = "rmqlag " + std::string(version()) + "\n";
    return parsed;
  }
  if (first == "--help" || first == "-h") return help_about({});
  if (first == "help") return help_about(arguments.subspan(1));
  const CommandInfo* command = find_command(first);
  if (command == nullptr) return unknown_command(first);
  return parse_command(*command, arguments.subspan(1), environment);
}

}  // namespace rmqlag::tools
