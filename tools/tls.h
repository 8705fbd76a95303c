// tls.h: the server's side of TLS: our certificate, and which clients may come in. Used by http_server.h and web_access.h.
// The one place of GnuTLS is tls.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rmqlag/expected.h"

namespace rmqlag::tools {

/// What is asked of a client; names and meanings are those of Go's crypto/tls, as the exporter-toolkit has them.
enum class ClientAuth : std::uint8_t { none, request, require_any, verify_if_given, require_and_verify };

enum class TlsVersion : std::uint8_t { tls10, tls11, tls12, tls13 };
enum class Curve : std::uint8_t { p256, p384, p521, x25519 };

/// Files are PEM.
struct TlsConfig {
  std::string cert_file, key_file;
  std::string client_ca_file;  ///< needed where clients are verified
  ClientAuth client_auth = ClientAuth::none;
  TlsVersion min_version = TlsVersion::tls12, max_version = TlsVersion::tls13;
  std::vector<Curve> curves = {};  ///< empty = GnuTLS's own choice
  bool prefer_server_ciphers = true;
};

/// Immutable; one for many connections. Must outlive the sessions it is used in.
class TlsCredentials {
 public:
  /// Errors `io` and `bad_file` begin with the key of the file that is wrong ("key_file: "), name it, and say what is wrong with it.
  static Expected<std::shared_ptr<const TlsCredentials>> load(const TlsConfig& config);
  ~TlsCredentials();
  TlsCredentials(const TlsCredentials&) = delete;
  TlsCredentials& operator=(const TlsCredentials&) = delete;

  /// To be called before the handshake of a server's session (gnutls_session_t). The handshake fails for a client that may not come in.
  void use_in(void* session) const;

 private:
  struct Impl;
  explicit TlsCredentials(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

/// For libmicrohttpd, which wants a source of certificates of its own: a gnutls_certificate_retrieve_function2 that has none.
void* no_certificate();

}  // namespace rmqlag::tools
