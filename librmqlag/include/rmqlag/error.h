// error.h: what went wrong, as a value.
// Used by everything that can fail; carried by `Expected` (expected.h).
// Nothing in this library reports by throwing (std::bad_alloc may pass). Read on in expected.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rmqlag/export.h"

namespace rmqlag {

/// Frozen numbers: a code is never renumbered and never reused.
/// Three families that must not be mixed up: the transport failed (1x), the console answered "no" (2x),
/// the answer cannot be understood (3x).
enum class ErrorCode : int {
  invalid_argument = 1,   ///< the caller's configuration; the message says what, where and how to mend it
  cancelled = 2,          ///< the caller asked to stop

  refused = 10,           ///< nobody listens, or the host cannot be reached
  reset = 11,             ///< the connection broke before the first byte of the answer
  timeout = 12,           ///< no answer in time (connecting, in total, or too slow)
  dns = 13,               ///< the host name has no address
  tls = 14,               ///< the TLS handshake or the certificate failed
  too_large = 15,         ///< the answer exceeds the body limit
  not_recorded = 16,      ///< replay: the recording has no answer to this request
  cut_off = 17,           ///< the connection broke within the answer

  status_error = 20,      ///< the console said no (`status` is not 0)
  no_permission = 21,     ///< the console, or its broker's ACL, forbids this
  overloaded = 22,        ///< the console's pool of connections is exhausted for the moment
  login_lost = 23,        ///< login needed, or the session ended and could not be renewed
  login_rejected = 24,    ///< the console does not accept the user name and password
  not_a_console = 25,     ///< what answers is not a console this library can read (for example RocketMQ Studio)

  bad_answer = 30,        ///< not the JSON that was due: HTML, 404, an empty body, a wrong type; the message says where

  io = 40,                ///< a file cannot be read or written
  bad_file = 41,          ///< a file's content is not what it should be; the message says where
};

/// The code's name, as in the enumeration: "timeout". Total: unknown numbers give "unknown".
RMQLAG_EXPORT std::string_view to_string(ErrorCode code);

/// The code with this name, or none.
RMQLAG_EXPORT std::optional<ErrorCode> error_code_from(std::string_view name);

/// A failure for people and for programs: `code` to decide by, `message` one line to show.
/// A message never holds a password, a cookie or a raw client id.
struct Error {
  ErrorCode code{};
  std::string message;

  /// The same error with context in front: "prefix: message".
  Error with_prefix(std::string_view prefix) const { return {code, std::string(prefix) + ": " + message}; }
};

}  // namespace rmqlag
