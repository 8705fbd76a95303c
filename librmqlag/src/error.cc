// error.cc: the names of the error codes (error.h).
#include "rmqlag/error.h"

#include <array>

namespace rmqlag {
namespace {

struct NamedCode {
  ErrorCode code;
  std::string_view name;
};

constexpr std::array named_codes{
    NamedCode{ErrorCode::invalid_argument, "invalid_argument"},
    NamedCode{ErrorCode::cancelled, "cancelled"},
    NamedCode{ErrorCode::refused, "refused"},
    NamedCode{ErrorCode::reset, "reset"},
    NamedCode{ErrorCode::timeout, "timeout"},
    NamedCode{ErrorCode::dns, "dns"},
    NamedCode{ErrorCode::tls, "tls"},
    NamedCode{ErrorCode::too_large, "too_large"},
    NamedCode{ErrorCode::not_recorded, "not_recorded"},
    NamedCode{ErrorCode::cut_off, "cut_off"},
    NamedCode{ErrorCode::status_error, "status_error"},
    NamedCode{ErrorCode::no_permission, "no_permission"},
    NamedCode{ErrorCode::overloaded, "overloaded"},
    NamedCode{ErrorCode::login_lost, "login_lost"},
    NamedCode{ErrorCode::login_rejected, "login_rejected"},
    NamedCode{ErrorCode::not_a_console, "not_a_console"},
    NamedCode{ErrorCode::bad_answer, "bad_answer"},
    NamedCode{ErrorCode::io, "io"},
    NamedCode{ErrorCode::bad_file, "bad_file"},
};

}  // namespace

std::string_view to_string(ErrorCode code) {
  for (const NamedCode& known : named_codes) {
    if (known.code == code) return known.name;
  }
  return "unknown";
}

std::optional<ErrorCode> error_code_from(std::string_view name) {
  for (const NamedCode& known : named_codes) {
    if (known.name == name) return known.code;
  }
  return std::nullopt;
}

}  // namespace rmqlag
