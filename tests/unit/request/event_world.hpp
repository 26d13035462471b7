// Tenants of every kind with features in several databases of one backend, and one feature on
// another, for the tests of keyspace events.
#pragma once

#include "bulkhead/request/keyspace_events.hpp"
#include "request/sample.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::request {

inline constexpr std::string_view kEventWorld = R"(
listen: [{ address: 127.0.0.1:0 }]
backends:
  - { name: main, address: 127.0.0.1:6379 }
  - { name: second, address: 127.0.0.1:6380 }
features:
  - { name: sessions, db: 0, keys: ["session:*"] }
  - { name: cache, db: 1, keys: ["cache:*"] }
  - { name: jobs, db: 4, keys: ["job:*"] }
  - { name: more, db: 4, keys: ["more:*"] }FAR
default_feature: cache
tenants:
  - { name: acme, users: [{ name: acme, passwords: ["HASH"] }] }
  - { name: odd, prefix: "o*[1]:", users: [{ name: odd, passwords: ["HASH"] }] }
  - { name: legacy, prefix: "nextauth:", prefix_mode: require, users: [{ name: legacy, passwords: ["HASH"] }] }
  - { name: parted, prefix: "p:{feature}:", users: [{ name: parted, passwords: ["HASH"] }] }
  - { name: chosen, routing: by_select, databases: [0, 1, 9], users: [{ name: chosen, passwords: ["HASH"] }] }
  - { name: many, routing: by_select, databases: all, users: [{ name: many, passwords: ["HASH"] }] }
)";

struct EventWorld {
  explicit EventWorld(std::string_view more_features = "") {
    std::string yaml(kEventWorld);
    yaml.replace(yaml.find("FAR"), 3, more_features);
    snapshot = snapshot_of(yaml);
  }
  static EventWorld with_another_backend() {
    return EventWorld("\n  - { name: rate, db: 2, backend: second, keys: [\"rate:*\"] }");
  }

  TenantView view(std::string_view tenant) const {
    return {*snapshot->directory.find_tenant(tenant), snapshot->router};
  }

  std::shared_ptr<const Snapshot> snapshot;
};

inline std::vector<std::string> texts(const std::vector<rewrite::ScopedChannel>& channels) {
  std::vector<std::string> out;
  for (const auto& channel : channels) out.push_back(channel.text());
  return out;
}

}  // namespace bulkhead::request
