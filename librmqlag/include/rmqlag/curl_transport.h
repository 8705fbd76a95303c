// curl_transport.h: the default transport, over libcurl's multi interface.
// Used by the program, and by agents that have no HTTP client of their own. The only part of the library that needs libcurl;
// built without it, `make_curl_transport` returns an error.
// Read on in http.h for the contract.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "rmqlag/http.h"

namespace rmqlag {

/// How to connect. Paths and addresses are used as they are; the environment is never read (no proxy variables, no .netrc).
struct CurlOptions {
  std::string ca_file;      ///< PEM bundle that replaces the system's; empty = the system's
  std::string client_cert;  ///< PEM; needs client_key, unless both are in one file
  std::string client_key;   ///< PEM
  bool insecure = false;    ///< accept any certificate
  std::string proxy;        ///< "http://host:port"; empty = none
  std::string user_agent;   ///< empty = "rmqlag/<version>"
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::seconds low_speed_time{20};   ///< fewer than low_speed_bytes a second for so long is a time-out...
  long low_speed_bytes = 1;                  ///< ... once the answer has begun; 0 switches it off
  std::size_t max_body = std::size_t{64} << 20;  ///< bytes of one decoded answer; beyond it: too_large
};

/// A transport with keep-alive and HTTP/1.1, http and https only, that follows no redirect and keeps no cookie.
/// Errors: `invalid_argument` if a file of `options` cannot be read, a client_key comes without client_cert, the proxy is no http(s) URL,
/// or if the library was built without libcurl. A request for a URL that is not http or https ends as `invalid_argument`, an answer
/// that is not HTTP as `bad_answer`.
RMQLAG_EXPORT Expected<std::unique_ptr<HttpTransport>> make_curl_transport(const CurlOptions& options);

}  // namespace rmqlag
