// Whose a client's certificate is, by the names in it. A part of the directory: immutable once it
// is filled, and any thread may read it.
#pragma once

#include "bulkhead/config/tls.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <span>
#include <string>
#include <unordered_map>

namespace bulkhead::tenant {

class CertificateOwners {
 public:
  void add(const config::CertificateName& name, const User& user);

  // Null when the names are nobody's, or not all one user's: such a certificate says nothing.
  const User* find(std::span<const config::CertificateName> names) const;

 private:
  std::unordered_map<std::string, const User*> owners_;  // by kind and text
};

}  // namespace bulkhead::tenant
