// web_access.cc: who may come in, and how (web_access.h).
#include "web_access.h"

#include <algorithm>
#include <chrono>

#include "yaml_file.h"

namespace rmqlag::tools {
namespace {

constexpr auto look_again = std::chrono::seconds(1);

/// The key that a message about the credentials begins with; the section where it begins with none.
const YamlNode& place_of(const std::string& message, const YamlNode& section) {
  const YamlNode* const key = section.find(message.substr(0, message.find(':')));
  return key != nullptr ? *key : section;
}

}  // namespace

Expected<std::shared_ptr<WebAccess>> WebAccess::open(std::string file, Log& log) {
  const std::shared_ptr<WebAccess> access(new WebAccess(std::move(file), log));
  auto loaded = access->load();
  if (!loaded) return std::move(loaded).error();
  access->uses_tls_ = loaded->credentials != nullptr;
  access->looked_ = std::chrono::steady_clock::now();
  access->use(*std::move(loaded));
  return access;
}

/// Stamps are taken first: a file that is written meanwhile is read once more.
Expected<WebAccess::Loaded> WebAccess::load() {
  const auto stamp = [this](const std::string& name) { stamps_.emplace_back(name, stamp_of(name)); };
  stamps_.clear();
  stamp(file_);
  const auto yaml = YamlFile::read(file_);
  if (!yaml) return yaml.error();
  auto config = parse_web_config(*yaml);
  if (!config) return std::move(config).error();

  Loaded loaded{*std::move(config), nullptr};
  if (!loaded.config.tls) return loaded;
  stamp(loaded.config.tls->cert_file);
  stamp(loaded.config.tls->key_file);
  if (!loaded.config.tls->client_ca_file.empty()) stamp(loaded.config.tls->client_ca_file);
  auto credentials = TlsCredentials::load(*loaded.config.tls);
  if (!credentials) {
    const std::string& why = credentials.error().message;
    return yaml->error(place_of(why, *yaml->root().find("tls_server_config")), why);
  }
  loaded.credentials = *std::move(credentials);
  return loaded;
}

void WebAccess::use(Loaded loaded) {
  if (loaded.config.wants_http2) log_.warn("HTTP/2 is not supported: HTTP/1.1 is served", {{"file", file_}});
  passwords_.set_users(std::move(loaded.config.users));
  headers_ = std::make_shared<const std::vector<Header>>(std::move(loaded.config.headers));
  credentials_ = std::move(loaded.credentials);
}

/// With the mutex held.
void WebAccess::refresh() {
  const Steady now = std::chrono::steady_clock::now();
  if (now - looked_ < look_again) return;
  looked_ = now;
  if (std::ranges::all_of(stamps_, [](const auto& known) { return stamp_of(known.first) == known.second; })) return;
  auto loaded = load();
  if (loaded && (loaded->credentials != nullptr) != uses_tls_) {
    loaded = Error{ErrorCode::bad_file, file_ + ": TLS is switched on or off by a restart only"};
  }
  if (!loaded) {
    log_.error("changed web configuration refused, the old one stands", {{"why", loaded.error().message}});
    return;
  }
  use(*std::move(loaded));
  log_.info("web configuration read again", {{"file", file_}});
}

std::shared_ptr<const TlsCredentials> WebAccess::credentials() {
  const std::lock_guard lock(mutex_);
  refresh();
  return credentials_;
}

std::shared_ptr<const std::vector<Header>> WebAccess::headers() {
  const std::lock_guard lock(mutex_);
  refresh();
  return headers_;
}

void WebAccess::authorize(std::string_view authorization, std::function<void(Admission)> then) {
  {
    const std::lock_guard lock(mutex_);
    refresh();
  }
  passwords_.check(authorization, std::move(then));
}

}  // namespace rmqlag::tools
