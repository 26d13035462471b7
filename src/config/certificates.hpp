// Names of client certificates in the configuration: whose a certificate is. Used while users are
// read.
#pragma once

#include "bulkhead/config/tls.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bulkhead::config {

class MapReader;
struct Source;

// "CN:app", "DNS:app.example", "URI:spiffe://a/b", "email:a@b.example", or a name of any kind.
CertificateName parse_certificate_name(std::string_view text);

// Which user has which name: no certificate may be two users' own.
class CertificateClaims {
 public:
  void add(const std::string& user, const CertificateName& name, const Source& source, int line);

 private:
  struct Claim {
    CertificateName::Kind kind;
    std::string user;
  };
  std::unordered_map<std::string, std::vector<Claim>> claims_;  // by the name's text
};

// The key `certificates` of a user.
void read_certificates(MapReader& map, const std::string& user, CertificateClaims& claims,
                       std::vector<CertificateName>& out);

}  // namespace bulkhead::config
