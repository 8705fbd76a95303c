// web_access.h: who may come in, and how: what the file of --web.config.file says at this moment. Used by http_server.h and serve.
// The file, and the certificates, keys and authorities that it names, are read again when they have changed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "basic_auth.h"
#include "log.h"
#include "rmqlag/expected.h"
#include "rmqlag/http.h"
#include "small_file.h"
#include "tls.h"
#include "web_config.h"

namespace rmqlag::tools {

/// Thread-safe. What cannot be used, once open, is refused and logged, and the old stands. `log` must outlive it.
class WebAccess {
 public:
  /// Errors name the file and, where there is one, the line.
  static Expected<std::shared_ptr<WebAccess>> open(std::string file, Log& log);

  /// Does not change: only a restart switches TLS on or off.
  bool uses_tls() const { return uses_tls_; }
  /// Of now; null without TLS.
  std::shared_ptr<const TlsCredentials> credentials();
  /// For every answer.
  std::shared_ptr<const std::vector<Header>> headers();

  /// As BasicAuth::check.
  void authorize(std::string_view authorization, std::function<void(Admission)> then);
  /// As BasicAuth::stop.
  void stop() { passwords_.stop(); }

 private:
  /// What the files said when they were last read, usable or not.
  using Stamps = std::vector<std::pair<std::string, FileStamp>>;
  struct Loaded {
    WebConfig config;
    std::shared_ptr<const TlsCredentials> credentials;
  };

  WebAccess(std::string file, Log& log) : file_(std::move(file)), log_(log) {}
  Expected<Loaded> load();
  void use(Loaded loaded);
  void refresh();

  const std::string file_;
  Log& log_;
  bool uses_tls_ = false;
  BasicAuth passwords_;
  std::mutex mutex_;
  // Guarded by mutex_:
  Stamps stamps_;
  Steady looked_{};
  std::shared_ptr<const TlsCredentials> credentials_;
  std::shared_ptr<const std::vector<Header>> headers_;
};

}  // namespace rmqlag::tools
