#include "bulkhead/tenant/directory.hpp"

#include "bulkhead/base/glob.hpp"
#include "bulkhead/config/prefix.hpp"
#include "bulkhead/tenant/password.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace bulkhead::tenant {
namespace {

Prefix make_prefix(std::string_view pattern, std::string_view tenant, std::string_view feature) {
  Prefix prefix;
  prefix.plain = config::expand_prefix(pattern, tenant, feature);
  prefix.escaped = glob_escaped(prefix.plain);
  return prefix;
}

std::vector<int> feature_databases(const config::Config& config) {
  std::set<int> databases;
  for (const config::Feature& feature : config.features) databases.insert(feature.db);
  return {databases.begin(), databases.end()};
}

Tenant make_tenant(const config::Config& config, const config::Tenant& from) {
  Tenant tenant;
  tenant.name = from.name;
  tenant.prefix_mode = from.prefix_mode;
  tenant.routing = from.routing;
  tenant.pubsub = from.pubsub;
  tenant.weight = static_cast<std::uint32_t>(from.weight);
  tenant.fence = from.fence;
  if (from.prefix.find("{feature}") == std::string::npos) {
    tenant.prefixes.push_back(make_prefix(from.prefix, from.name, {}));
  } else {
    for (const config::Feature& feature : config.features) {
      tenant.prefixes.push_back(make_prefix(from.prefix, from.name, feature.name));
    }
    tenant.prefixes.push_back(make_prefix(from.prefix, from.name, config::kChannelsFeature));
  }
  tenant.policy = from.policy;
  tenant.databases = from.databases ? *from.databases : feature_databases(config);
  std::sort(tenant.databases.begin(), tenant.databases.end());
  // Without a configured secret the tenant's name alone binds its cursors: enough to tell tenants
  // apart, and the same on every proxy.
  const config::Password digest = hash_password(config.cursor_secret + '\0' + from.name);
  std::memcpy(&tenant.cursor_key, digest.sha256.data(), sizeof tenant.cursor_key);
  return tenant;
}

}  // namespace

std::size_t Directory::HashOfDigest::operator()(const config::Password& password) const {
  std::size_t hash = 0;  // a digest is as good a hash as any
  std::memcpy(&hash, password.sha256.data(), sizeof hash);
  return hash;
}

const Ttls* Directory::ttls_of(const config::Config& config, const config::Tenant& tenant) {
  const Ttls* ttls = &ttls_;
  if (!tenant.ttls.empty()) {
    ttls = own_.emplace_back(std::make_unique<const Ttls>(make_ttls(config, &tenant))).get();
  }
  return ttls->empty() ? nullptr : ttls;
}

Directory::Directory(const config::Config& config)
    : default_policy_(config.policy), ttls_(make_ttls(config, nullptr)) {
  tenants_.reserve(config.tenants.size());
  std::size_t users = 0;
  for (const config::Tenant& tenant : config.tenants) users += tenant.users.size();
  users_.reserve(users);
  for (const config::Tenant& from : config.tenants) {
    Tenant& tenant = tenants_.emplace_back(make_tenant(config, from));
    tenant.ttls = ttls_of(config, from);
    tenant.index = static_cast<std::uint32_t>(tenants_.size() - 1);
    tenants_by_name_.emplace(tenant.name, &tenant);
    for (const config::User& user : from.users) {
      const User& added = users_.emplace_back(User{user.name, &tenant, user.passwords});
      users_by_name_.emplace(added.name, &added);
      if (!config.password_only_auth) continue;
      for (const config::Password& password : added.passwords) {
        users_by_password_.emplace(password, &added);
      }
    }
  }
}

const Tenant* Directory::find_tenant(std::string_view name) const {
  const auto found = tenants_by_name_.find(name);
  return found == tenants_by_name_.end() ? nullptr : found->second;
}

const User* Directory::find_user(std::string_view name) const {
  const auto found = users_by_name_.find(name);
  return found == users_by_name_.end() ? nullptr : found->second;
}

// The map is looked up by a digest, which tells an attacker who times it nothing about the
// password.
const User* Directory::by_password(const config::Password& tried) const {
  const auto found = users_by_password_.find(tried);
  return found == users_by_password_.end() ? nullptr : found->second;
}

const User* Directory::authenticate(std::optional<std::string_view> name,
                                    std::string_view password) const {
  const config::Password tried = hash_password(password);
  const User* user = name ? find_user(*name) : nullptr;
  if (!name || (user == nullptr && *name == "default")) return by_password(tried);
  static constexpr config::Password kNobody{};
  const std::span<const config::Password> hashes =
      user != nullptr ? std::span(user->passwords) : std::span(&kNobody, 1);
  return matches_any(hashes, tried) && user != nullptr ? user : nullptr;
}

}  // namespace bulkhead::tenant
