// lag_api.h: GET /api/v1/lag: the last snapshot as JSON (rmqlag/lag_json.h), cut to what the query asks for.
// Used by serve; the page for people lives on it. What may be asked, and the answers: docs/cli.md.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http_server.h"
#include "rmqlag/expected.h"
#include "rmqlag/http.h"
#include "rmqlag/lag.h"
#include "rmqlag/lag_json.h"

namespace rmqlag::tools {

struct LagQuery {
  JsonOptions json{};
  std::optional<std::string> topic, group;  ///< this one alone; none = all
};

/// Error `invalid_argument`: a sentence about the first parameter that is wrong. It repeats nothing of what was sent.
Expected<LagQuery> parse_lag_query(const std::vector<Header>& parameters);

/// What is known and not known of one topic, one group or one pair; all of `snapshot` where neither is asked for.
/// Unknown topics and groups that are left out everywhere stay wherever they may concern it.
Snapshot restricted(const Snapshot& snapshot, const LagQuery& query);

/// Thread-safe.
class LagApi {
 public:
  /// 200, 304 where the asker has this snapshot already, 400 for a wrong query, 503 while `snapshot` is null.
  Response answer(const std::shared_ptr<const Snapshot>& snapshot, const Request& request);

 private:
  std::shared_ptr<const std::string> page_text(const std::shared_ptr<const Snapshot>& snapshot, const LagQuery& query);

  std::mutex mutex_;
  std::shared_ptr<const Snapshot> page_snapshot_;  // what the page asks for again and again, encoded once
  std::shared_ptr<const std::string> page_text_;
};

}  // namespace rmqlag::tools
