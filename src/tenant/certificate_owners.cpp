#include "bulkhead/tenant/certificate_owners.hpp"

namespace bulkhead::tenant {
namespace {

using Kind = config::CertificateName::Kind;

std::string key_of(Kind kind, std::string_view text) {
  std::string key(1, static_cast<char>('0' + static_cast<int>(kind)));
  return key.append(text);
}

}  // namespace

void CertificateOwners::add(const config::CertificateName& name, const User& user) {
  owners_.emplace(key_of(name.kind, name.text), &user);
}

const User* CertificateOwners::find(std::span<const config::CertificateName> names) const {
  const User* found = nullptr;
  for (const config::CertificateName& name : names) {
    for (const Kind kind : {name.kind, Kind::any}) {
      const auto owner = owners_.find(key_of(kind, name.text));
      if (owner == owners_.end()) continue;
      if (found != nullptr && found != owner->second) return nullptr;
      found = owner->second;
    }
  }
  return found;
}

}  // namespace bulkhead::tenant
