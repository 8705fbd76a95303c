// certificates.h: self-signed certificates for tests over TLS, made by the `openssl` program in a directory of their own.
// Used by curl_transport_test.cc and the server's tests. Where there is no `openssl`, a test must say that it was skipped.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace rmqlag::test {

/// A certificate for 127.0.0.1, which is its own CA, and its key; both PEM.
struct CertificateFiles {
  std::string certificate, key;
};

class CertificateDirectory {
 public:
  CertificateDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "rmqlag-certificates-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = name;
  }
  ~CertificateDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  CertificateDirectory(const CertificateDirectory&) = delete;
  CertificateDirectory& operator=(const CertificateDirectory&) = delete;

  /// None where there is no `openssl`, or it cannot. `name` must be plain.
  std::optional<CertificateFiles> make(const std::string& name) const {
    CertificateFiles files{(directory_ / (name + ".pem")).string(), (directory_ / (name + ".key")).string()};
    const std::string command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + name +
                                " -addext subjectAltName=IP:127.0.0.1 -keyout '" + files.key + "' -out '" + files.certificate +
                                "' >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) return std::nullopt;
    return files;
  }

  const std::filesystem::path& path() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

}  // namespace rmqlag::test
