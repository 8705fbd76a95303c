// tls.cc: the server's side of TLS (tls.h).
#include "tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "small_file.h"

namespace rmqlag::tools {
namespace {

/// A handle of GnuTLS that is freed with its owner.
template <class Handle, auto free>
class Owned {
 public:
  Owned() = default;
  ~Owned() {
    if (handle_ != nullptr) free(handle_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};

using Credentials = Owned<gnutls_certificate_credentials_t, &::gnutls_certificate_free_credentials>;
using Priorities = Owned<gnutls_priority_t, &::gnutls_priority_deinit>;
using PrivateKey = Owned<gnutls_x509_privkey_t, &::gnutls_x509_privkey_deinit>;

/// A chain of certificates.
class Chain {
 public:
  Chain() = default;
  ~Chain() {
    for (const gnutls_x509_crt_t certificate : std::span(certificates_, size_)) ::gnutls_x509_crt_deinit(certificate);
    ::gnutls_free(certificates_);
  }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  int import(const gnutls_datum_t& pem) { return ::gnutls_x509_crt_list_import2(&certificates_, &size_, &pem, GNUTLS_X509_FMT_PEM, 0); }
  gnutls_x509_crt_t* data() { return certificates_; }
  int size() const { return static_cast<int>(size_); }

 private:
  gnutls_x509_crt_t* certificates_ = nullptr;
  unsigned size_ = 0;
};

/// GnuTLS reads from it only.
gnutls_datum_t datum(std::string& text) { return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())}; }

/// `key`: of the configuration, which named the file.
Error bad_file(std::string_view key, const std::string& file, std::string_view what, int code) {
  return Error{ErrorCode::bad_file, "'" + file + "' " + std::string(what) + ": " + ::gnutls_strerror(code)}.with_prefix(key);
}

std::string priorities(const TlsConfig& config) {
  static constexpr std::array<std::string_view, 4> versions{"TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"};
  static constexpr std::array<std::string_view, 4> groups{"SECP256R1", "SECP384R1", "SECP521R1", "X25519"};
  std::string text = "NORMAL:-VERS-ALL";
  for (auto version = static_cast<std::size_t>(config.min_version); version <= static_cast<std::size_t>(config.max_version); ++version) {
    text.append(":+VERS-").append(versions.at(version));
  }
  if (!config.curves.empty()) text += ":-GROUP-ALL";
  for (const Curve curve : config.curves) text.append(":+GROUP-").append(groups.at(static_cast<std::size_t>(curve)));
  if (config.prefer_server_ciphers) text += ":%SERVER_PRECEDENCE";
  return text;
}

/// 0: the client's certificate comes from the authority we trust, and is one for clients.
int verify(gnutls_session_t session) {
  static constexpr std::string_view purpose = GNUTLS_KP_TLS_WWW_CLIENT;
  gnutls_typed_vdata_st data{GNUTLS_DT_KEY_PURPOSE_OID, reinterpret_cast<unsigned char*>(const_cast<char*>(purpose.data())),
                             static_cast<unsigned>(purpose.size())};  // GnuTLS reads from it only
  unsigned problems = 0;
  const int failure = ::gnutls_certificate_verify_peers(session, &data, 1, &problems);
  return failure == 0 && problems == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

int verify_if_given(gnutls_session_t session) {
  unsigned count = 0;
  return ::gnutls_certificate_get_peers(session, &count) == nullptr || count == 0 ? 0 : verify(session);
}

}  // namespace

struct TlsCredentials::Impl {
  ClientAuth client_auth{};
  Credentials credentials;
  Priorities priorities;

  Expected<void> load_certificate(const TlsConfig& config);
  Expected<void> load_client_ca(const std::string& file);
};

Expected<void> TlsCredentials::Impl::load_certificate(const TlsConfig& config) {
  auto certificate = read_small_file(config.cert_file);
  if (!certificate) return certificate.error().with_prefix("cert_file");
  auto key = read_small_file(config.key_file);
  if (!key) return key.error().with_prefix("key_file");

  Chain chain;
  if (const int failure = chain.import(datum(*certificate)); failure < 0) {
    return bad_file("cert_file", config.cert_file, "is no certificate", failure);
  }
  PrivateKey private_key;
  ::gnutls_x509_privkey_init(private_key.out());
  const gnutls_datum_t pem = datum(*key);
  if (const int failure = ::gnutls_x509_privkey_import2(private_key.get(), &pem, GNUTLS_X509_FMT_PEM, nullptr, 0); failure < 0) {
    return bad_file("key_file", config.key_file, "is no private key", failure);
  }
  const int failure = ::gnutls_certificate_set_x509_key(credentials.get(), chain.data(), chain.size(), private_key.get());
  if (failure < 0) {
    return bad_file("key_file", config.key_file, "is not the key of '" + config.cert_file + "'", failure);
  }
  return {};
}

Expected<void> TlsCredentials::Impl::load_client_ca(const std::string& file) {
  auto text = read_small_file(file);
  if (!text) return text.error().with_prefix("client_ca_file");
  const gnutls_datum_t pem = datum(*text);
  const int count = ::gnutls_certificate_set_x509_trust_mem(credentials.get(), &pem, GNUTLS_X509_FMT_PEM);
  if (count <= 0) return bad_file("client_ca_file", file, "holds no certificate", count < 0 ? count : GNUTLS_E_NO_CERTIFICATE_FOUND);
  return {};
}

TlsCredentials::TlsCredentials(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsCredentials::~TlsCredentials() = default;

Expected<std::shared_ptr<const TlsCredentials>> TlsCredentials::load(const TlsConfig& config) {
  auto impl = std::make_unique<Impl>();
  impl->client_auth = config.client_auth;
  ::gnutls_certificate_allocate_credentials(impl->credentials.out());
  if (const int failure = ::gnutls_priority_init(impl->priorities.out(), tools::priorities(config).c_str(), nullptr); failure < 0) {
    return Error{ErrorCode::invalid_argument, std::string("TLS versions and curves do not go together: ") + ::gnutls_strerror(failure)};
  }
  if (auto ok = impl->load_certificate(config); !ok) return ok.error();
  if (!config.client_ca_file.empty()) {
    if (auto ok = impl->load_client_ca(config.client_ca_file); !ok) return ok.error();
  }
  return std::shared_ptr<const TlsCredentials>(new TlsCredentials(std::move(impl)));
}

void TlsCredentials::use_in(void* opaque) const {
  const auto session = static_cast<gnutls_session_t>(opaque);
  ::gnutls_priority_set(session, impl_->priorities.get());
  ::gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, impl_->credentials.get());
  switch (impl_->client_auth) {
    case ClientAuth::none:
      ::gnutls_certificate_server_set_request(session, GNUTLS_CERT_IGNORE);
      break;
    case ClientAuth::request:
      ::gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
      break;
    case ClientAuth::require_any:
      ::gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
      break;
    case ClientAuth::verify_if_given:
      ::gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
      ::gnutls_session_set_verify_function(session, verify_if_given);
      break;
    case ClientAuth::require_and_verify:
      ::gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
      ::gnutls_session_set_verify_function(session, verify);
      break;
  }
}

void* no_certificate() {
  constexpr gnutls_certificate_retrieve_function2* none = [](gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*,
                                                             int, gnutls_pcert_st**, unsigned*, gnutls_privkey_t*) { return -1; };
  return reinterpret_cast<void*>(none);  // libmicrohttpd takes its options so
}

}  // namespace rmqlag::tools
