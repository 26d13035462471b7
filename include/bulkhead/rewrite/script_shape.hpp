// What a script's shim must know of a tenant: everything but the prefix itself, which travels as
// the script's hidden last argument. Tenants of one shape share their wrapped scripts. A plain
// value, made when the configuration is loaded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bulkhead::rewrite::script {

struct Feature {
  std::vector<std::string> keys;  // glob patterns
  int db = 0;
  bool here = true;  // on the backend on which the script runs
  // Milliseconds that its keys may live; 0: nothing is enforced.
  std::int64_t fallback = 0;  // of one that is made without an expiry
  std::int64_t most = 0;      // 0: no limit
};

struct Shape {
  bool adds_prefix = true;          // false: names must bring it (prefix_mode: require)
  bool prefix_per_feature = false;  // as many prefixes as features, and last that of channels
  bool merged = true;               // a key's feature gives its database (routing: by_key)
  std::vector<Feature> features;    // in the order of the configuration; the first match wins
  std::size_t fallback = 0;         // the default feature
  std::vector<int> databases;       // that SELECT may name, of this backend, ascending
  // Whether some keys must have an expiry.
  bool expires() const {
    return std::any_of(features.begin(), features.end(),
                       [](const Feature& feature) { return feature.fallback != 0; });
  }
  // By a row's index. What the tenant's policy denies is refused in scripts, too; what the backend
  // does not have needs no space in the shim.
  std::function<bool(std::size_t)> allows;
  std::function<bool(std::size_t)> backend_has;
};

inline constexpr int kKnownKeys = 6;

// Where a script begins: the connection's database, which is that of its first key.
struct Start {
  int db = 0;
  bool selected = false;  // by the client: keys are not routed (always so unless `merged`)
  int known = 1;          // so many of the first keys lie in that database; at most kKnownKeys
  auto operator<=>(const Start&) const = default;
};

}  // namespace bulkhead::rewrite::script
