// web_config.h: the file of --web.config.file, in the format of Prometheus' exporter-toolkit: TLS, users, headers.
// Used by web_access.h. What is in that format and cannot be had here is refused by name, never ignored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "basic_auth.h"
#include "rmqlag/expected.h"
#include "rmqlag/http.h"
#include "tls.h"
#include "yaml_file.h"

namespace rmqlag::tools {

struct WebConfig {
  std::optional<TlsConfig> tls;        ///< none = plain HTTP
  BasicAuth::Users users;              ///< none = everybody
  std::vector<Header> headers;         ///< for every answer
  bool wants_http2 = false;            ///< asked for in so many words: it is not to be had
};

/// Errors name the file and the line. File names in it are relative to its own place; the files are not looked at.
Expected<WebConfig> parse_web_config(const YamlFile& file);

}  // namespace rmqlag::tools
