// How long the keys of a feature may live, with the words that say so to Redis. Made when the
// configuration is loaded; immutable, a part of the snapshot; any thread may read it.
#pragma once

#include "bulkhead/config/config.hpp"

#include <string>
#include <vector>

namespace bulkhead::tenant {

struct Ttl {
  config::TtlMode mode = config::TtlMode::off;
  config::Milliseconds fallback{0};  // of a key that is made without an expiry; not 0 unless off
  config::Milliseconds most{0};      // 0: no limit
  // Framed: "PX n", what stands behind the key in "PEXPIRE key n NX", and in "PEXPIRE key n LT".
  std::string px, nx, lt;

  bool is_off() const { return mode == config::TtlMode::off; }
  bool is_enforced() const { return mode == config::TtlMode::enforce; }
};

// By FeatureId, and last those of databases that no feature claims, which have no policy.
using Ttls = std::vector<Ttl>;

// Those of one tenant; with nothing in it when none of them has a policy.
Ttls make_ttls(const config::Config& config, const config::Tenant* tenant);

}  // namespace bulkhead::tenant
