#include "bulkhead/upstream/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <string>

namespace bulkhead::upstream {
namespace {

// OpenSSL's codes fit into an int: eight bits for the library, 23 for the reason.
class TlsCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int code) const override {
    const char* const reason = ERR_reason_error_string(static_cast<unsigned long>(code));
    return std::string("TLS: ") + (reason == nullptr ? "protocol error" : reason);
  }
};

class CertificateCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "certificate"; }
  std::string message(int verdict) const override {
    return std::string("TLS: the certificate is not good: ") +
           X509_verify_cert_error_string(verdict);
  }
};

const TlsCategory& tls_category() {
  static const TlsCategory category;
  return category;
}

const CertificateCategory& certificate_category() {
  static const CertificateCategory category;
  return category;
}

// What the other side says about our certificate, or that we want one.
bool is_about_certificates(int reason) {
  switch (reason) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

}  // namespace

error_code take_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  return {static_cast<int>(code), tls_category()};
}

error_code certificate_error(long verdict) {
  return {static_cast<int>(verdict), certificate_category()};
}

metrics::Handshake outcome_of(error_code error) {
  using metrics::Handshake;
  if (!error) return Handshake::ok;
  if (error.category() == certificate_category()) return Handshake::certificate;
  if (error.category() != tls_category()) return Handshake::closed;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return is_about_certificates(reason) ? Handshake::certificate : Handshake::protocol;
}

}  // namespace bulkhead::upstream
