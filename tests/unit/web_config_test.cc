// web_config_test.cc: files in the exporter-toolkit's format, and what is wrong with them.
#include "web_config.h"

#include <string>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;

namespace {

const std::string hash = "$2y$04$abcdefghijklmnopqrstuu5cldSTjqTa.nw4QeJC5.F6G/ueChgIa";

Expected<WebConfig> parse(std::string_view text, std::string name = "web.yml") {
  const auto file = YamlFile::parse(std::move(name), text);
  if (!file) return file.error();
  return parse_web_config(*file);
}

std::string tls(std::string_view more) { return "tls_server_config:\n  cert_file: c.pem\n  key_file: k.pem\n" + std::string(more); }

std::vector<std::pair<std::string, std::string>> pairs(const std::vector<Header>& headers) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Header& header : headers) result.emplace_back(header.name, header.value);
  return result;
}

}  // namespace

TEST_CASE("web config: nothing means plain HTTP for everybody") {
  const auto text = GENERATE(as<std::string>(), "", "# nothing\n", "tls_server_config:\nbasic_auth_users:\nhttp_server_config:\n",
                             "basic_auth_users: {}\nhttp_server_config: {headers: {}}\n");
  const auto config = parse(text);
  REQUIRE(config);
  CHECK(!config->tls);
  CHECK(config->users.empty());
  CHECK(config->headers.empty());
  CHECK(!config->wants_http2);
}

TEST_CASE("web config: everything") {
  const auto config = parse(R"(
tls_server_config:
  cert_file: tls/server.pem
  key_file: /etc/keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
  max_version: TLS13
  curve_preferences: [X25519, CurveP256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: deny
    X-XSS-Protection: ""
basic_auth_users:
  alice: )" + hash + "\n",
                            "/etc/rmqlag/web.yml");
  REQUIRE(config);
  REQUIRE(config->tls);
  CHECK(config->tls->cert_file == "/etc/rmqlag/tls/server.pem");
  CHECK(config->tls->key_file == "/etc/keys/server.key");
  CHECK(config->tls->client_ca_file == "/etc/rmqlag/ca.pem");
  CHECK(config->tls->client_auth == ClientAuth::require_and_verify);
  CHECK(config->tls->min_version == TlsVersion::tls13);
  CHECK(config->tls->max_version == TlsVersion::tls13);
  CHECK(config->tls->curves == std::vector{Curve::x25519, Curve::p256});
  CHECK(!config->tls->prefer_server_ciphers);
  CHECK(config->wants_http2);
  CHECK(pairs(config->headers) ==
        std::vector<std::pair<std::string, std::string>>{{"Strict-Transport-Security", "max-age=31536000"}, {"X-Frame-Options", "deny"}});
  CHECK(config->users == BasicAuth::Users{{"alice", hash}});
}

TEST_CASE("web config: what holds without being said") {
  const auto config = parse(tls(""));
  REQUIRE(config);
  REQUIRE(config->tls);
  CHECK(config->tls->cert_file == "c.pem");
  CHECK(config->tls->client_auth == ClientAuth::none);
  CHECK(config->tls->min_version == TlsVersion::tls12);
  CHECK(config->tls->max_version == TlsVersion::tls13);
  CHECK(config->tls->prefer_server_ciphers);
}

TEST_CASE("web config: client_auth_type") {
  const auto [word, needs_ca, expected] = GENERATE(table<std::string, bool, ClientAuth>({
      {"NoClientCert", false, ClientAuth::none},
      {"RequestClientCert", false, ClientAuth::request},
      {"RequireAnyClientCert", false, ClientAuth::require_any},
      {"RequireClientCert", false, ClientAuth::require_any},
      {"VerifyClientCertIfGiven", true, ClientAuth::verify_if_given},
      {"RequireAndVerifyClientCert", true, ClientAuth::require_and_verify},
  }));
  CAPTURE(word);
  const std::string line = "  client_auth_type: " + word + "\n";
  const auto without = parse(tls(line));
  CHECK(without.has_value() == !needs_ca);
  const auto with = parse(tls(line + "  client_ca_file: ca.pem\n"));
  REQUIRE(with.has_value() == (expected != ClientAuth::none));
  if (with) CHECK(with->tls->client_auth == expected);
}

TEST_CASE("web config: what is wrong is named, with its line") {
  const auto [text, place, what] = GENERATE(table<std::string, std::string, std::string>({
      {"tls_server_confg:\n", "web.yml:1:", "tls_server_config"},
      {"a\n", "web.yml:1:", ""},
      {"- a\n", "web.yml:1:", ""},
      {"x: [\n", "web.yml:", "YAML"},
      {"rate_limit:\n  burst: 1\n", "web.yml:1:", "rate_limit"},
      {"tls_server_config: {}\n", "web.yml:1:", "cert_file is missing"},
      {"tls_server_config:\n  cert_file: c.pem\n", "web.yml:1:", "key_file is missing"},
      {"tls_server_config:\n  key_file: c.pem\n", "web.yml:1:", "cert_file is missing"},
      {"tls_server_config:\n  cert_file:\n", "web.yml:2:", "cert_file"},
      {"tls_server_config:\n  cert_file: ''\n", "web.yml:2:", "cert_file"},
      {"tls_server_config:\n  cert_file: [a]\n", "web.yml:2:", "cert_file"},
      {"tls_server_config: on\n", "web.yml:1:", "tls_server_config"},
      {tls("  cert: x\n"), "web.yml:4:", "cert is not supported"},
      {tls("  key: x\n"), "web.yml:4:", "key is not supported"},
      {tls("  client_ca: x\n"), "web.yml:4:", "client_ca is not supported"},
      {tls("  cipher_suites:\n  - TLS_AES_128_GCM_SHA256\n"), "web.yml:4:", "cipher_suites is not supported"},
      {tls("  client_allowed_sans: [a]\n"), "web.yml:4:", "client_allowed_sans is not supported"},
      {tls("  client_auth_typ: NoClientCert\n"), "web.yml:4:", "client_auth_type"},
      {tls("  client_auth_type: Require\n"), "web.yml:4:", "RequireAndVerifyClientCert"},
      {tls("  client_ca_file: ca.pem\n"), "web.yml:1:", "client_auth_type"},
      {tls("  min_version: TLS1.2\n"), "web.yml:4:", "TLS12"},
      {tls("  min_version: TLS13\n  max_version: TLS12\n"), "web.yml:1:", "min_version is above max_version"},
      {tls("  curve_preferences: [CurveP256, P-384]\n"), "web.yml:4:", "CurveP384"},
      {tls("  prefer_server_cipher_suites: maybe\n"), "web.yml:4:", "prefer_server_cipher_suites"},
      {"http_server_config:\n  http3: true\n", "web.yml:2:", "http2"},
      {"http_server_config:\n  http2: 2\n", "web.yml:2:", "http2"},
      {"http_server_config:\n  headers:\n    Server: rmqlag\n", "web.yml:3:", "Server"},
      {"http_server_config:\n  headers:\n    X-Frame-Options: allow\n", "web.yml:3:", "deny or sameorigin"},
      {"http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n", "web.yml:3:", "nosniff"},
      {"http_server_config:\n  headers:\n    Content-Security-Policy: \"a\\r\\nSet-Cookie: b\"\n", "web.yml:3:", "Content-Security-Policy"},
      {"basic_auth_users:\n  alice: open\n", "web.yml:2:", "alice"},
      {"basic_auth_users:\n  alice:\n", "web.yml:2:", "alice"},
      {"basic_auth_users:\n- alice\n", "web.yml:1:", "basic_auth_users"},
      {"basic_auth_users:\n  alice: " + hash + "\n  'b:ob': " + hash + "\n", "web.yml:3:", "colon"},
      {"basic_auth_users:\n  alice: $2y$20$" + hash.substr(7) + "\n", "web.yml:2:", "cost 20"},
      {"basic_auth_users:\n  alice: " + hash + "\n  alice: " + hash + "\n", "web.yml:3:", "alice"},
  }));
  CAPTURE(text);
  const auto config = parse(text);
  REQUIRE(!config);
  CHECK(config.error().code == ErrorCode::bad_file);
  CHECK_THAT(config.error().message, ContainsSubstring(place) && ContainsSubstring(what));
}

TEST_CASE("web config: a password that somebody forgot to hash is not shown") {
  const auto config = parse("basic_auth_users:\n  alice: correct-horse\n");
  REQUIRE(!config);
  CHECK_THAT(config.error().message, !ContainsSubstring("correct-horse"));
}
