// client_id.h: from the free text by which a consumer names itself to (host, process).
// Used by the collector for owners, by har.h to take secrets out of recordings, by console_json.h for error texts.
// Client ids of some frameworks contain access keys and secret keys: a raw client id must never be shown, stored or logged.
// The forms and where they come from: docs/client-ids.md.
#pragma once

#include <string>
#include <string_view>

#include "rmqlag/export.h"

namespace rmqlag {

/// Who a client is. Both views point into the parsed text; empty means unknown.
struct ClientIdentity {
  std::string_view host;     ///< IP address without brackets or scope, or a host name
  std::string_view process;  ///< pid; where there is none, the plain instance name the user set
  bool known() const { return !host.empty() || !process.empty(); }
  bool operator==(const ClientIdentity&) const = default;
};

/// Total on any bytes; never allocates. What is not surely harmless is unknown: also what looks like an access key (how such keys begin,
/// 16 hex digits in a row, or as many letters and digits in disorder). "#" and a number behind a redacted id change nothing.
RMQLAG_EXPORT ClientIdentity parse_client_id(std::string_view client_id);

/// The shortest id that parses alike and holds nothing else: "host@process", "host@DEFAULT", "@DEFAULT" where nothing is known.
RMQLAG_EXPORT std::string redact_client_id(std::string_view client_id);

/// `text` with everything in it that may be a client id (words that contain '@') redacted. For error messages.
/// In doubt more than the id goes, never less.
RMQLAG_EXPORT std::string redact_client_ids_in(std::string_view text);

}  // namespace rmqlag
