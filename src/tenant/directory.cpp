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
  tenant.limits = from.limits != nullptr ? from.limits : config.tenant_limits;
  tenant.databases = from.databases ? *from.databases : feature_databases(config);
  std::sort(tenant.databases.begin(), tenant.databases.end());
  // Without a configured secret the tenant's name alone binds its cursors: enough to tell tenants
  // apart, and the same on every proxy.
  const config::Password digest = hash_password(config.cursor_secret + '\0' + from.name);
  std::memcpy(&tenant.cursor_key, digest.sha256.data(), sizeof tenant.cursor_key);
  return tenant;
}

}  // namespace

std::size_t Directory::HashOfDigest::operator()(const config::Digest& digest) const {
  std::size_t hash = 0;  // a digest is as good a hash as any
  std::memcpy(&hash, digest.data(), sizeof hash);
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
      const User& added =
          users_.emplace_back(User{user.name, &tenant, user.passwords, user.sources});
      most_passwords_ = std::max(most_passwords_, added.passwords.size());
      users_by_name_.emplace(added.name, &added);
      if (!config.password_only_auth) continue;
      for (const config::Password& password : added.passwords) {
        owners_.emplace(password.sha256, Owner{&added, &password});
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

namespace {

Login judged(const User* user, bool matches, bool expired, const Circumstances& now) {
  if (user == nullptr || !matches) return {LoginResult::wrong, user};
  if (expired) return {LoginResult::expired, user};
  const bool elsewhere = now.confined_to != nullptr && user->tenant != now.confined_to;
  if (elsewhere || !user->may_come_from(now.source)) return {LoginResult::source, user};
  return {LoginResult::ok, user};
}

}  // namespace

// The map is looked up by a digest, which tells an attacker who times it nothing about the
// password. Of several users who have it, whoever may log in does.
Login Directory::by_password(const config::Digest& tried, const Circumstances& now) const {
  Login best{LoginResult::wrong, nullptr};
  const auto [begin, end] = owners_.equal_range(tried);
  for (auto it = begin; it != end; ++it) {
    const Login login = judged(it->second.user, true, it->second.password->expired(now.time), now);
    const bool better =
        login.result < best.result || (login.result == best.result && login.user < best.user);
    if (best.user == nullptr || better) best = login;
  }
  return best;
}

Login Directory::authenticate(const Credentials& credentials, const Circumstances& now) const {
  const config::Digest tried = hash_password(credentials.password).sha256;
  const User* user = credentials.user ? find_user(*credentials.user) : nullptr;
  if (!credentials.user || (user == nullptr && *credentials.user == "default")) {
    return by_password(tried, now);
  }
  const std::span<const config::Password> passwords =
      user != nullptr ? std::span<const config::Password>(user->passwords)
                      : std::span<const config::Password>();
  const Match match = compare(passwords, tried, now.time, most_passwords_);
  return judged(user, match != Match::none, match == Match::expired, now);
}

}  // namespace bulkhead::tenant
