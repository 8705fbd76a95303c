// tls_none.cc: stands in for tls.cc in the static program, because Debian has no GnuTLS that could be linked into it.
#include "tls.h"

namespace rmqlag::tools {

struct TlsCredentials::Impl {};

TlsCredentials::~TlsCredentials() = default;

Expected<std::shared_ptr<const TlsCredentials>> TlsCredentials::load(const TlsConfig&) {
  return Error{ErrorCode::invalid_argument,
               "tls_server_config: this is the static program, which serves plain HTTP only: take it out and let a proxy in front serve "
               "TLS, or use the program that is not static"};
}

void TlsCredentials::use_in(void*) const {}

void* no_certificate() { return nullptr; }

}  // namespace rmqlag::tools
