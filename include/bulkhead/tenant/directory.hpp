// All tenants and users of one configuration, and the check of credentials. Immutable, a part of
// the snapshot; any thread may read it.
#pragma once

#include "bulkhead/tenant/certificate_owners.hpp"
#include "bulkhead/tenant/login.hpp"
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

  // Who that is, if it is somebody; as much work whether the user exists or not, and however many
  // passwords it has. Without a user name, or with Redis' "default" where no user is called so, the
  // password alone says who it is.
  Login authenticate(const Credentials& credentials, const Circumstances& now) const;

  // Whose a client's certificate with these names is.
  const User* find_by_certificate(std::span<const config::CertificateName> names) const {
    return certificates_.find(names);
  }

 private:
  struct HashOfDigest {
    std::size_t operator()(const config::Digest& digest) const;
  };
  // One password, and the user who has it.
  struct Owner {
    const User* user;
    const config::Password* password;
  };

  Login by_password(const config::Digest& tried, const Circumstances& now) const;

  const Ttls* ttls_of(const config::Config& config, const config::Tenant& tenant);

  std::vector<std::string> default_policy_;
  Ttls ttls_;                                     // of tenants without their own
  std::vector<std::unique_ptr<const Ttls>> own_;  // of those with
  std::vector<Tenant> tenants_;
  std::vector<User> users_;
  std::unordered_map<std::string_view, const Tenant*> tenants_by_name_;
  std::unordered_map<std::string_view, const User*> users_by_name_;
  // Users of one tenant may share a password.
  std::unordered_multimap<config::Digest, Owner, HashOfDigest> owners_;
  std::size_t most_passwords_ = 1;  // of one user
  CertificateOwners certificates_;
};

}  // namespace bulkhead::tenant
