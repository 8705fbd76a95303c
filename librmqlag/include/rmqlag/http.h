// http.h: requests and answers as bytes, and the transport that carries them.
// Used by the collector's loop (source.h); implemented by curl_transport.h (the default), by har.h (replay, recording)
// and by agents that have an HTTP client of their own.
// Transports start no thread that the caller could notice: `wait` does the work, on the caller's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/expected.h"
#include "rmqlag/export.h"

namespace rmqlag {

using Steady = std::chrono::steady_clock::time_point;
/// Milliseconds since 1970, UTC: what the console's and a recording's times are.
using Wall = std::chrono::sys_time<std::chrono::milliseconds>;

/// One instant on both clocks. A transport supplies it, because a replayed recording has a time of its own.
struct Now {
  Steady steady;
  Wall wall;
};

struct Header {
  std::string name, value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< absolute, encoded
  std::vector<Header> headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;  ///< any HTTP status is a success of the transport
  std::vector<Header> headers;
  std::string body;

  /// The first header of that name (case-insensitive), or an empty view. Valid as long as the response.
  RMQLAG_EXPORT std::string_view header(std::string_view name) const;
};

/// The end of one request: its answer, or why there is none.
struct Completion {
  std::uint64_t id = 0;
  Expected<HttpResponse> result;
};

/// Carries several requests at a time for one caller. Not thread-safe: one thread at a time.
class RMQLAG_EXPORT HttpTransport {
 public:
  virtual ~HttpTransport();

  /// Begins a request. Never fails here: failures are completions. `id` is the caller's and unique among those under way.
  /// `timeout` counts from now, over everything. Redirects are not followed.
  virtual void start(std::uint64_t id, HttpRequest request, std::chrono::milliseconds timeout) = 0;

  /// The next request that ended, in the order of their ends; none when `until` comes first, when `stop` is requested,
  /// or when nothing is under way and `until` has come. Waits without burning CPU.
  virtual std::optional<Completion> wait(Steady until, std::stop_token stop) = 0;

  /// Forgets a request: its completion will not be returned. Unknown ids are ignored.
  virtual void abandon(std::uint64_t id) = 0;

  /// The present on this transport's clocks. Never goes backwards.
  virtual Now now() const = 0;

  /// A new collection begins. Only recordings care (har.h): a replay turns to its next pass, a recorder to a new page.
  virtual void begin_collection() {}
};

/// The system's clocks: what `HttpTransport::now` is for every transport that is not a replay.
RMQLAG_EXPORT Now system_now();

/// A transport over an agent's own blocking client: each request is made, one at a time, inside `wait`; its time-out counts from there,
/// and `until` is looked at only where nothing is queued.
/// `send` is asked for the whole answer and keeps to the time-out it is given; it reports failures by the codes of the transport (1x).
RMQLAG_EXPORT std::unique_ptr<HttpTransport> blocking(
    std::function<Expected<HttpResponse>(const HttpRequest&, std::chrono::milliseconds timeout)> send);

}  // namespace rmqlag
