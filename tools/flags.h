// flags.h: the commands and their flags, each once. Parsing, environment names and help texts all follow from these two tables.
// Used by arguments.h and help.h. A flag is added here, and nowhere else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rmqlag/expected.h"
#include "settings.h"

namespace rmqlag::tools {

enum class Command : unsigned { dump = 1, serve = 2, record = 4, check = 8, ready = 16 };

struct CommandInfo {
  Command command{};
  std::string_view name;
  std::string_view summary;     ///< one line
  std::string_view usage;       ///< what follows the name
  std::string_view text;        ///< what one must know before the flags
  std::string_view examples;    ///< one a line
  std::string_view exit_codes;  ///< one a line
};

std::span<const CommandInfo> commands();
const CommandInfo& info(Command command);

using Setter = Expected<void> (*)(Settings&, std::string_view value);

/// What `serve` takes from the environment of hpy-go-rocketmq-exporter, so that it can stand in its place.
struct PeerVariable {
  std::string_view name{};
  std::string_view fallback{};  ///< instead of the flag's own, once any variable of that exporter is set; empty = the flag's own
  Setter set = nullptr;         ///< null = the flag's own
};

struct Flag {
  std::string_view section;   ///< of the help text; the flags of one section stand together
  std::string_view name;      ///< without "--"
  std::string_view argument;  ///< what stands for its value in help texts; empty = a switch
  std::string_view fallback;  ///< the default, as one would type it; empty = none
  std::string_view meaning;
  unsigned commands = 0;  ///< a sum of `Command`
  bool repeatable = false;
  Setter set = nullptr;  ///< called once a value
  PeerVariable peer{};

  bool belongs_to(Command command) const { return (commands & static_cast<unsigned>(command)) != 0; }
};

std::span<const Flag> flags();

/// Whether a target of a configuration file has a value of its own for a flag.
enum class OfTarget : std::uint8_t {
  no,
  alone,   ///< where it is and how to log in: what the target says, and nothing from elsewhere
  shared,  ///< how it is read: what the target says, or else what holds for all
};
OfTarget of_target(const Flag& flag);

/// Whether several values can be one, with commas.
bool is_list(const Flag& flag);

/// "web.listen-address" -> "RMQLAG_WEB_LISTEN_ADDRESS".
std::string environment_name(std::string_view flag);

/// What no single flag of a source can see: there is none, or two; a user name without a password.
Expected<void> check_source(const SourceSettings& source);

/// What no single flag can see: the source, a switch that fits no format.
Expected<void> check_together(const Settings& settings, Command command);

}  // namespace rmqlag::tools
