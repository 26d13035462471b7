#include "bulkhead/upstream/tls_error.hpp"

#include "catch.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace bulkhead::upstream {

using metrics::Handshake;

namespace {

error_code raised(int reason) {
  OPENSSL_init_ssl(0, nullptr);  // loads the words
  ERR_raise(ERR_LIB_SSL, reason);
  return take_tls_error();
}

}  // namespace

TEST_CASE("errors say what OpenSSL says, and what became of the handshake") {
  CHECK(raised(SSL_R_WRONG_VERSION_NUMBER).message() == "TLS: wrong version number");
  CHECK(outcome_of(raised(SSL_R_WRONG_VERSION_NUMBER)) == Handshake::protocol);
  CHECK(outcome_of(raised(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)) == Handshake::certificate);
  CHECK(outcome_of(raised(SSL_R_TLSV1_ALERT_UNKNOWN_CA)) == Handshake::certificate);
  CHECK(ERR_peek_error() == 0);
  const error_code expired = certificate_error(X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(expired.message() == "TLS: the certificate is not good: certificate has expired");
  CHECK(outcome_of(expired) == Handshake::certificate);
  CHECK(outcome_of(asio::error::eof) == Handshake::closed);
  CHECK(outcome_of({}) == Handshake::ok);
}

}  // namespace bulkhead::upstream
