// source_setup.h: from the settings to a source that can be read: a console over libcurl, or recordings. Used by every command that reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rmqlag/console.h"
#include "rmqlag/expected.h"
#include "rmqlag/har.h"
#include "rmqlag/source.h"
#include "settings.h"

namespace rmqlag::tools {

/// What a source is made of. `record` puts its recorder in front of the transport before it makes the source.
struct Connection {
  FinalConsoleConfig console;
  std::shared_ptr<HttpTransport> transport;
  HarReplay* replay = nullptr;  ///< the transport, where it is recordings

  /// When a pass that begins now must end. A recording never times out.
  Steady deadline(std::chrono::milliseconds time) const;
  /// How many passes are read where nobody says how many: all that the recordings hold; of a console, one.
  std::int64_t passes() const { return replay != nullptr ? replay->passes() : 1; }
};

/// Opens recordings, or makes a client; asks the console nothing yet. Errors name the flag or file.
Expected<Connection> connect(const SourceSettings& settings);

Expected<std::unique_ptr<Source>> make_source(const SourceSettings& settings, const Connection& connection);

/// One reading: as many passes as there are (`passes`), each with the one before. The last snapshot.
std::shared_ptr<const Snapshot> read_once(const SourceSettings& settings, const Connection& connection, Source& source,
                                          const std::function<void(int done, int of)>& progress, const std::stop_token& stop);

/// The proxy for a URL: by its scheme, else the one for all; none for the hosts and domains in `except`.
std::string proxy_for(std::string_view url, const Proxies& proxies);

}  // namespace rmqlag::tools
