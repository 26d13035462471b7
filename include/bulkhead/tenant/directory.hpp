// All tenants and users of one configuration, and the check of credentials. Immutable, a part of
// the snapshot; any thread may read it.
#pragma once

#include "bulkhead/tenant/tenant.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

namespace bulkhead::tenant {

class Directory {
 public:
  explicit Directory(const config::Config& config);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::span<const Tenant> tenants() const { return tenants_; }
  std::span<const User> users() const { return users_; }
  const std::vector<std::string>& default_policy() const { return default_policy_; }
  const Tenant* find_tenant(std::string_view name) const;
  const User* find_user(std::string_view name) const;

  // Null when the pair is wrong; as much work whether the user exists or not. Without a user name,
  // or with Redis' "default" where no user is called so, the password alone says who it is.
  const User* authenticate(std::optional<std::string_view> user, std::string_view password) const;

 private:
  struct HashOfDigest {
    std::size_t operator()(const config::Password& password) const;
  };

  const User* by_password(const config::Password& tried) const;

  const Ttls* ttls_of(const config::Config& config, const config::Tenant& tenant);

  std::vector<std::string> default_policy_;
  Ttls ttls_;                                     // of tenants without their own
  std::vector<std::unique_ptr<const Ttls>> own_;  // of those with
  std::vector<Tenant> tenants_;
  std::vector<User> users_;
  std::unordered_map<std::string_view, const Tenant*> tenants_by_name_;
  std::unordered_map<std::string_view, const User*> users_by_name_;
  std::unordered_map<config::Password, const User*, HashOfDigest> users_by_password_;
};

}  // namespace bulkhead::tenant
