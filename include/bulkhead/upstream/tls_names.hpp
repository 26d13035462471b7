// Names and certificates: which name the other side's certificate must have, and which it has.
// Pure, but for the connection that is handed over.
#pragma once

#include "bulkhead/config/tls.hpp"

#include <string>
#include <vector>

struct ssl_st;

namespace bulkhead::upstream {

// Whom a connection is for: told to the other side if it is a DNS name (SNI), and, when it is to be
// verified, looked for in its certificate. False when OpenSSL takes it for no name.
bool expect_name(ssl_st* ssl, const std::string& name, bool verify);

// The names in the other side's certificate; none without a good one.
std::vector<config::CertificateName> names_of_peer(ssl_st* ssl);

// "DNS:app.example, CN:app", for a line of the log: 256 bytes of it at most.
std::string text_of(const std::vector<config::CertificateName>& names);

}  // namespace bulkhead::upstream
