// page.h: the page for people at "/": one HTML document (page.html, page.css, page.js) that takes all it shows from /api/v1/lag.
// Used by serve.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "http_server.h"

namespace rmqlag::tools {

struct PageSettings {
  std::string telemetry_path;
  std::chrono::milliseconds interval{};  ///< between collections: the page tells when none comes any more
  bool recording = false;                ///< the times shown are those of a recording
};

/// The page, with headers that keep every foreign script, style and connection out of it.
Response page(const PageSettings& settings);

/// The document with {{nonce}}, {{version}}, ... still to be filled in. Generated when the program is built (embed.cc).
std::string_view page_document();

}  // namespace rmqlag::tools
