// Who owns names: a tenant with its prefixes, and its users. Immutable, a part of the snapshot; any
// thread may read it.
#pragma once

#include "bulkhead/config/config.hpp"
#include "bulkhead/tenant/ttl.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::tenant {

// A prefix in the forms in which it stands in commands.
struct Prefix {
  std::string plain;
  std::string escaped;  // for glob patterns
};

struct Tenant {
  std::uint32_t index = 0;  // its place in the directory
  std::string name;
  config::PrefixMode prefix_mode = config::PrefixMode::add;
  config::Routing routing = config::Routing::by_key;
  config::Pubsub pubsub = config::Pubsub::exact;
  std::uint32_t weight = 1;  // of its share, among other tenants'
  config::Fence fence = config::Fence::scripts;
  // One for all names, or, where the template holds {feature}, one per feature and last the one of
  // channels, which have no feature.
  std::vector<Prefix> prefixes;
  std::vector<std::string> policy;  // rules over the default ones
  std::vector<int> databases;       // that SELECT may name, ascending
  const Ttls* ttls = nullptr;       // null: no feature has a TTL policy for it
  std::shared_ptr<const config::TenantLimits> limits;

  const Prefix& key_prefix(std::size_t feature) const {
    return prefixes.size() == 1 ? prefixes[0] : prefixes[feature];
  }
  const Prefix& channel_prefix() const { return prefixes.back(); }
  std::uint64_t cursor_key = 0;  // seals its SCAN cursors

  bool is_fenced() const { return fence == config::Fence::all; }
  bool adds_prefix() const { return prefix_mode == config::PrefixMode::add; }

  // How many bytes at the front of a physical name are this tenant's prefix; 0 when it is not its
  // name.
  std::size_t prefix_length(std::string_view physical) const {
    for (const Prefix& prefix : prefixes) {
      if (physical.starts_with(prefix.plain)) return prefix.plain.size();
    }
    return 0;
  }
};

struct User {
  std::string name;
  const Tenant* tenant = nullptr;
  std::vector<config::Password> passwords;
  std::optional<config::Sources> sources{};  // none: from anywhere

  // Whether a client from there may be this user. Without an address: from a unix socket.
  bool may_come_from(const std::optional<IpAddress>& from) const {
    return !sources || sources->contains(from);
  }
};

}  // namespace bulkhead::tenant
