// lag_json.h: a snapshot as JSON, schema "rmqlag.dump/1" (docs/cli.md). For programs.
// Used by dump and by serve's /api/v1/lag. Pure; integers stay integers; always valid UTF-8.
#pragma once

#include <string>

#include "rmqlag/aggregate.h"
#include "rmqlag/export.h"

namespace rmqlag {

struct JsonOptions {
  Selection selection{};
  bool rows = false;  ///< every row, too
};

RMQLAG_EXPORT std::string lag_json(const Snapshot& snapshot, const JsonOptions& options);

}  // namespace rmqlag
