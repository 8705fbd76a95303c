// help.cc: help texts, made from the tables of flags.h (help.h).
#include "help.h"

#include <algorithm>

namespace rmqlag::tools {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t margin = 2;
constexpr std::size_t widest_name = 34;

/// Appends `text` word by word; lines after the first begin at column `indent`. `column`: where the first one stands.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t column) {
  bool first_word = true;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!first_word && column + 1 + word.size() > width) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
      first_word = true;
    }
    if (!first_word) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    first_word = false;
  }
  out += '\n';
}

/// Two columns: a name, and what it means.
void append_entry(std::string& out, std::string_view name, std::string_view meaning, std::size_t name_width) {
  const std::size_t indent = margin + name_width + 2;
  out.append(margin, ' ');
  out += name;
  if (name.size() > name_width) {
    out += '\n';
    out.append(indent, ' ');
  } else {
    out.append(name_width - name.size() + 2, ' ');
  }
  append_wrapped(out, meaning, indent, indent);
}

void append_title(std::string& out, std::string_view title) {
  out += '\n';
  out += title;
  out += '\n';
}

/// One a line, indented.
void append_lines(std::string& out, std::string_view title, std::string_view lines) {
  append_title(out, title);
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    out.append(margin, ' ');
    out += lines.substr(0, end);
    out += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

std::string name_of(const Flag& flag) {
  std::string name = "--" + std::string(flag.name);
  if (!flag.argument.empty()) name += ' ' + std::string(flag.argument);
  return name;
}

std::string meaning_of(const Flag& flag) {
  std::string meaning(flag.meaning);
  if (flag.repeatable) meaning += " (repeatable)";
  if (!flag.argument.empty() && !flag.fallback.empty()) meaning += " (default: " + std::string(flag.fallback) + ")";
  return meaning;
}

void append_flags(std::string& out, Command command) {
  std::size_t name_width = 0;
  for (const Flag& flag : flags()) {
    if (flag.belongs_to(command)) name_width = std::max(name_width, std::min(name_of(flag).size(), widest_name));
  }
  std::string_view section;
  for (const Flag& flag : flags()) {
    if (!flag.belongs_to(command)) continue;
    if (section != flag.section) append_title(out, section = flag.section);
    append_entry(out, name_of(flag), meaning_of(flag), name_width);
  }
}

}  // namespace

std::string short_help() {
  std::string out =
      "rmqlag tells which RocketMQ consumer process is behind, on which queues, and by how much.\n"
      "\n"
      "Usage: rmqlag COMMAND SOURCE [FLAGS]\n";
  append_title(out, "Commands");
  for (const CommandInfo& command : commands()) {
    append_entry(out, command.name, command.summary, 8);
  }
  append_entry(out, "help", "everything about a command: rmqlag help dump", 8);
  append_title(out, "Source");
  append_entry(out, "http://console:8080",
               "a RocketMQ console (dashboard), with its context path if it has one; console:8080 means http", 20);
  append_entry(out, "incident.har", "its answers as a HAR file, from rmqlag record or from a browser", 20);
  append_lines(out, "Examples",
               "rmqlag dump http://console:8080\n"
               "rmqlag dump console:8080 --groups billing --format json\n"
               "rmqlag serve http://console:8080");
  out += "\nrmqlag help COMMAND shows all its flags; rmqlag --version the version.\n";
  return out;
}

std::string command_help(const CommandInfo& command) {
  std::string out = "rmqlag " + std::string(command.name) + ": " + std::string(command.summary) + "\n";
  out += "\nUsage: rmqlag " + std::string(command.name) + ' ' + std::string(command.usage) + "\n\n";
  append_wrapped(out, command.text, 0, 0);
  append_flags(out, command.command);
  out += '\n';
  append_wrapped(out,
                 "Every flag has an environment variable: --log.level is " + environment_name("log.level") +
                     ". The flag wins. Of a repeatable one, the variable holds one value a line. http_proxy, https_proxy, all_proxy and "
                     "no_proxy are honoured in lower case.",
                 0, 0);
  append_lines(out, "Examples", command.examples);
  append_lines(out, "Exit codes", command.exit_codes);
  return out;
}

}  // namespace rmqlag::tools
