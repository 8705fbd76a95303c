// web_config.cc: the file of --web.config.file, in the format of Prometheus' exporter-toolkit (web_config.h).
#include "web_config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "values.h"

namespace rmqlag::tools {
namespace {

/// A key of a mapping: its name, and how its value is read into a `Target`. `set` is null where it is refused, for the reason told.
template <class Target>
struct Key {
  std::string_view name;
  Expected<void> (*set)(const YamlFile&, const YamlNode&, Target&);
  std::string_view refusal = {};
};

/// Every key of a mapping once through its table.
template <class Target, std::size_t size>
Expected<void> read_mapping(const YamlFile& file, const YamlNode& node, std::string_view what, const std::array<Key<Target>, size>& keys,
                            Target& target) {
  std::array<std::string_view, size> names;
  std::ranges::transform(keys, names.begin(), &Key<Target>::name);
  if (auto ok = file.keys(node, what, names); !ok) return ok;
  for (const auto& [name, value] : node.members) {
    const Key<Target>& key = *std::ranges::find(keys, name, &Key<Target>::name);
    if (key.set == nullptr) return file.error(value, name + " " + std::string(key.refusal));
    if (auto ok = key.set(file, value, target); !ok) return ok;
  }
  return {};
}

template <class To, class From>
Expected<void> store(To& place, Expected<From> value) {
  if (!value) return std::move(value).error();
  place = *std::move(value);
  return {};
}

/// A word of a closed list.
template <class T>
Expected<T> choice(const YamlFile& file, const YamlNode& node, std::string_view what,
                   std::initializer_list<std::pair<std::string_view, T>> choices) {
  const auto word = file.text(node, what);
  if (!word) return word.error();
  auto value = parse_choice<T>(*word, choices);
  if (!value) return file.error(node, std::string(what).append(": ").append(value.error().message));
  return value;
}

Expected<std::string> path(const YamlFile& file, const YamlNode& node, std::string_view what) {
  const auto name = file.text(node, what);
  if (!name) return name.error();
  if (name->empty()) return file.error(node, std::string(what) + " is empty");
  return (std::filesystem::path(file.name()).parent_path() / *name).string();
}

Expected<TlsVersion> version(const YamlFile& file, const YamlNode& node, std::string_view what) {
  return choice<TlsVersion>(file, node, what,
                            {{"TLS10", TlsVersion::tls10},
                             {"TLS11", TlsVersion::tls11},
                             {"TLS12", TlsVersion::tls12},
                             {"TLS13", TlsVersion::tls13}});
}

Expected<std::vector<Curve>> curves(const YamlFile& file, const YamlNode& node) {
  const auto names = file.texts(node, "curve_preferences");
  if (!names) return names.error();
  std::vector<Curve> curves;
  for (const std::string& name : *names) {
    const auto curve = parse_choice<Curve>(
        name, {{"CurveP256", Curve::p256}, {"CurveP384", Curve::p384}, {"CurveP521", Curve::p521}, {"X25519", Curve::x25519}});
    if (!curve) return file.error(node, "curve_preferences: " + curve.error().message);
    curves.push_back(*curve);
  }
  return curves;
}

Expected<ClientAuth> client_auth(const YamlFile& file, const YamlNode& node) {
  return choice<ClientAuth>(file, node, "client_auth_type",
                            {{"NoClientCert", ClientAuth::none},
                             {"RequestClientCert", ClientAuth::request},
                             {"RequireAnyClientCert", ClientAuth::require_any},
                             {"RequireClientCert", ClientAuth::require_any},  // its older name
                             {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
                             {"RequireAndVerifyClientCert", ClientAuth::require_and_verify}});
}

constexpr std::string_view only_files = "is not supported: name a file instead";

constexpr std::array<Key<TlsConfig>, 13> tls_keys{{
    {"cert_file", [](const YamlFile& f, const YamlNode& n, TlsConfig& c) { return store(c.cert_file, path(f, n, "cert_file")); }},
    {"key_file", [](const YamlFile& f, const YamlNode& n, TlsConfig& c) { return store(c.key_file, path(f, n, "key_file")); }},
    {"client_ca_file",
     [](const YamlFile& f, const YamlNode& n, TlsConfig& c) { return store(c.client_ca_file, path(f, n, "client_ca_file")); }},
    {"client_auth_type", [](const YamlFile& f, const YamlNode& n, TlsConfig& c) { return store(c.client_auth, client_auth(f, n)); }},
    {"min_version", [](const YamlFile& f, const YamlNode& n, TlsConfig& c) { return store(c.min_version, version(f, n, "min_version")); }},
    {"max_version", [](const YamlFile& f, const YamlNode& n, TlsConfig& c) { return store(c.max_version, version(f, n, "max_version")); }},
    {"curve_preferences", [](const YamlFile& f, const YamlNode& n, TlsConfig& c) { return store(c.curves, curves(f, n)); }},
    {"prefer_server_cipher_suites",
     [](const YamlFile& f, const YamlNode& n, TlsConfig& c) {
       return store(c.prefer_server_ciphers, f.boolean(n, "prefer_server_cipher_suites"));
     }},
    {"cipher_suites", nullptr, "is not supported: GnuTLS chooses among those of TLS 1.2 and 1.3; leave it out"},
    {"client_allowed_sans", nullptr, "is not supported: give the clients that may come in an authority of their own, in client_ca_file"},
    {"cert", nullptr, only_files},
    {"key", nullptr, only_files},
    {"client_ca", nullptr, only_files},
}};

Expected<void> check(const YamlFile& file, const YamlNode& node, const TlsConfig& config) {
  const bool verifies = config.client_auth == ClientAuth::verify_if_given || config.client_auth == ClientAuth::require_and_verify;
  if (config.cert_file.empty()) return file.error(node, "tls_server_config: cert_file is missing");
  if (config.key_file.empty()) return file.error(node, "tls_server_config: key_file is missing");
  if (verifies && config.client_ca_file.empty()) return file.error(node, "tls_server_config: this client_auth_type needs a client_ca_file");
  if (!config.client_ca_file.empty() && config.client_auth == ClientAuth::none) {
    return file.error(node, "tls_server_config: client_ca_file without a client_auth_type: nobody would be verified");
  }
  if (config.min_version > config.max_version) return file.error(node, "tls_server_config: min_version is above max_version");
  return {};
}

Expected<void> read_tls(const YamlFile& file, const YamlNode& node, WebConfig& config) {
  if (node.kind == YamlNode::Kind::nothing) return {};
  TlsConfig tls;
  if (auto ok = read_mapping(file, node, "tls_server_config", tls_keys, tls); !ok) return ok;
  if (auto ok = check(file, node, tls); !ok) return ok;
  config.tls = std::move(tls);
  return {};
}

Expected<void> read_users(const YamlFile& file, const YamlNode& node, WebConfig& config) {
  if (node.kind == YamlNode::Kind::nothing) return {};
  if (node.kind != YamlNode::Kind::mapping) return file.error(node, "basic_auth_users must be a mapping from names to bcrypt hashes");
  for (const auto& [name, value] : node.members) {
    const auto hash = file.text(value, "the hash of " + tools::quoted(name));
    if (!hash) return hash.error();
    if (name.find(':') != name.npos) return file.error(value, tools::quoted(name) + ": a user's name cannot hold a colon");
    if (const auto problem = problem_of_bcrypt(*hash)) return file.error(value, "the password of " + tools::quoted(name) + " " + *problem);
    config.users.emplace(name, *hash);
  }
  return {};
}

struct AllowedHeader {
  std::string_view name;
  std::array<std::string_view, 2> values = {};  ///< none = any
};

// Those that the exporter-toolkit allows.
constexpr std::array<AllowedHeader, 5> allowed_headers{{
    {"Content-Security-Policy"},
    {"Strict-Transport-Security"},
    {"X-Content-Type-Options", {"nosniff"}},
    {"X-Frame-Options", {"deny", "sameorigin"}},
    {"X-XSS-Protection"},
}};

Expected<void> read_header(const YamlFile& file, std::string_view name, const YamlNode& node, std::vector<Header>& headers) {
  const AllowedHeader& allowed = *std::ranges::find(allowed_headers, name, &AllowedHeader::name);
  if (node.kind == YamlNode::Kind::nothing) return {};
  auto value = file.text(node, name);
  if (!value) return std::move(value).error();
  if (value->empty()) return {};
  if (!allowed.values.front().empty() && std::ranges::find(allowed.values, *value) == allowed.values.end()) {
    return file.error(node, std::string(name) + " must be " + std::string(allowed.values[0]) +
                                (allowed.values[1].empty() ? "" : " or " + std::string(allowed.values[1])));
  }
  if (std::ranges::any_of(*value, [](unsigned char c) { return c < ' ' || c == 0x7F; })) {
    return file.error(node, std::string(name) + " holds a character that no header can hold");
  }
  headers.push_back({std::string(name), *std::move(value)});
  return {};
}

Expected<void> read_headers(const YamlFile& file, const YamlNode& node, WebConfig& config) {
  std::array<std::string_view, allowed_headers.size()> names;
  std::ranges::transform(allowed_headers, names.begin(), &AllowedHeader::name);
  if (auto ok = file.keys(node, "headers", names); !ok) return ok;
  for (const auto& [name, value] : node.members) {
    if (auto ok = read_header(file, name, value, config.headers); !ok) return ok;
  }
  return {};
}

constexpr std::array<Key<WebConfig>, 2> http_keys{{
    {"http2", [](const YamlFile& f, const YamlNode& n, WebConfig& c) { return store(c.wants_http2, f.boolean(n, "http2")); }},
    {"headers", read_headers},
}};

constexpr std::array<Key<WebConfig>, 4> keys{{
    {"tls_server_config", read_tls},
    {"basic_auth_users", read_users},
    {"http_server_config",
     [](const YamlFile& f, const YamlNode& n, WebConfig& c) { return read_mapping(f, n, "http_server_config", http_keys, c); }},
    {"rate_limit", nullptr, "is not supported: --web.max-requests limits the requests under way"},
}};

}  // namespace

Expected<WebConfig> parse_web_config(const YamlFile& file) {
  WebConfig config;
  if (auto ok = read_mapping(file, file.root(), "the web configuration", keys, config); !ok) return ok.error();
  return config;
}

}  // namespace rmqlag::tools
