// What the configuration says about TLS. Files are named here with their whole path, and read when
// the contexts are made of them (upstream/tls_context.hpp).
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::config {

enum class TlsVersion : std::uint8_t { v1_2, v1_3 };

// Whether a listener asks its clients for certificates.
enum class ClientCertificates : std::uint8_t { off, optional, required };

// Where something stands in the main file. Nothing differs because its line does.
struct Line {
  int number = 0;
  bool operator==(const Line&) const { return true; }
};

// What listeners and backends have in common. Ciphers as OpenSSL writes them; empty: its own
// choice.
struct Tls {
  std::string certificate;  // PEM, with the chain behind it; empty: none
  std::string key;          // PEM, without a passphrase
  std::string ca;           // PEM, who vouches for the other side; empty: the system's
  TlsVersion min_version = TlsVersion::v1_2;
  std::string ciphers;       // of TLS 1.2
  std::string ciphersuites;  // of TLS 1.3
  Line line;

  bool operator==(const Tls&) const = default;
};

struct ListenerTls : Tls {
  ClientCertificates client_certificates = ClientCertificates::off;

  bool operator==(const ListenerTls&) const = default;
};

struct BackendTls : Tls {
  std::string server_name;  // that its certificate must have; empty: the host of the address
  bool verify = true;

  bool operator==(const BackendTls&) const = default;
};

// A name in a client's certificate.
struct CertificateName {
  enum class Kind : std::uint8_t { any, dns, uri, email, cn };

  Kind kind = Kind::any;  // any: in configurations only
  std::string text;       // of DNS names in lower case

  bool operator==(const CertificateName&) const = default;
};

}  // namespace bulkhead::config
