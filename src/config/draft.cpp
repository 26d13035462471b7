#include "config/draft.hpp"

#include "config/utf8.hpp"

#include <cstring>

namespace bulkhead::config {

namespace {

std::string user_of_tenant(const std::string& user, const std::string& tenant) {
  return in_quotes(user) + " of tenant " + in_quotes(tenant);
}

}  // namespace

void Unique::add(const std::string& name, const Source& source, int line) {
  const auto [first, is_new] = places_.try_emplace(name, Place{&source.file, line});
  if (is_new) return;
  const Place& place = first->second;
  source.report(line, "the " + std::string(what_) + " " + in_quotes(name) +
                          " is there already, in " + *place.file + ":" +
                          std::to_string(place.line));
}

void PasswordOwners::add(const Tenant& tenant, const User& user, const Source& source, int line) {
  for (const Password& password : user.passwords) {
    const auto [first, is_new] =
        owners_.try_emplace(password.sha256, Owner{tenant.name, user.name});
    const Owner& owner = first->second;
    if (is_new || owner.tenant == tenant.name) continue;
    source.report(line, "user " + user_of_tenant(user.name, tenant.name) + " and user " +
                            user_of_tenant(owner.user, owner.tenant) +
                            " have the same password; change one, or set password_only_auth: no");
  }
}

std::size_t PasswordOwners::FirstBytes::operator()(const Digest& digest) const {
  std::size_t bytes = 0;
  std::memcpy(&bytes, digest.data(), sizeof bytes);
  return bytes;
}

}  // namespace bulkhead::config
