// open_source.h: what an agent writes once: a source over a console's URL, or over a recording of one.
// Used by the examples but own_transport.cc, which has a transport of its own.
#pragma once

#include <rmqlag/rmqlag.h>

#include <memory>
#include <string>
#include <utility>

inline rmqlag::Expected<std::unique_ptr<rmqlag::Source>> open_source(const std::string& url_or_file) {
  rmqlag::ConsoleConfig config;
  std::shared_ptr<rmqlag::HttpTransport> transport;
  if (url_or_file.starts_with("http")) {
    auto curl = rmqlag::make_curl_transport({});
    if (!curl) return curl.error();
    config.url = url_or_file;
    transport = *std::move(curl);
  } else {
    auto replay = rmqlag::HarReplay::open({url_or_file});
    if (!replay) return replay.error();
    config.url = (*replay)->base_url();
    transport = *std::move(replay);
  }
  auto console = rmqlag::finalize(config);
  if (!console) return console.error();
  return rmqlag::make_console_source(*std::move(console), {}, std::move(transport));
}
