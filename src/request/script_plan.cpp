#include "bulkhead/request/script_plan.hpp"

#include <algorithm>

namespace bulkhead::request {
namespace {

bool is_merged(const tenant::Tenant& tenant) {
  return tenant.routing == config::Routing::by_key;
}

std::size_t default_feature(const config::Config& config) {
  for (std::size_t i = 0; i < config.features.size(); ++i) {
    if (config.features[i].name == config.default_feature) return i;
  }
  return 0;
}

}  // namespace

rewrite::script::Shape script_shape(const Snapshot& snapshot, const tenant::Tenant& tenant,
                                    std::uint16_t backend) {
  rewrite::script::Shape shape;
  shape.adds_prefix = tenant.adds_prefix();
  shape.prefix_per_feature = tenant.prefixes.size() > 1;
  shape.merged = is_merged(tenant);
  const std::string& name = snapshot.config.backends[backend].name;
  for (const config::Feature& feature : snapshot.config.features) {
    const bool here = feature.backend.empty() ? backend == 0 : feature.backend == name;
    auto& added = shape.features.emplace_back();
    added.keys = feature.keys;
    added.db = feature.db;
    added.here = here;
    if (tenant.ttls == nullptr) continue;
    const tenant::Ttl& ttl = (*tenant.ttls)[shape.features.size() - 1];
    if (!ttl.is_enforced()) continue;
    added.fallback = ttl.fallback.count();
    added.most = ttl.most.count();
  }
  shape.fallback = default_feature(snapshot.config);
  for (int db : tenant.databases) {
    if (snapshot.router.of_database(db).place.backend == backend) shape.databases.push_back(db);
  }
  shape.allows = [verdicts = snapshot.policy.of(tenant.index)](std::size_t row) {
    return verdicts.allows(row);
  };
  return shape;
}

std::vector<std::uint16_t> script_backends(const Snapshot& snapshot) {
  std::vector<std::uint16_t> backends = {snapshot.router.channels().place.backend};
  for (const config::Feature& feature : snapshot.config.features) {
    const auto& all = snapshot.config.backends;
    const auto named = std::find_if(all.begin(), all.end(),
                                    [&](const auto& one) { return one.name == feature.backend; });
    const auto index = static_cast<std::uint16_t>(named == all.end() ? 0 : named - all.begin());
    if (std::find(backends.begin(), backends.end(), index) == backends.end()) {
      backends.push_back(index);
    }
  }
  return backends;
}

ScriptStart script_start(const Snapshot& snapshot, const tenant::ClientState& client,
                         std::span<const std::string_view> keys) {
  const bool selected = client.selected_db != 0 || !is_merged(*client.tenant);
  // The default feature's place is that of channels, too.
  route::Route route = snapshot.router.channels();
  if (selected) {
    route = snapshot.router.of_database(client.selected_db);
  } else if (!keys.empty()) {
    route = snapshot.router.route(client, keys.front());
  }
  int known = 0;
  for (std::string_view key : keys) {
    if (known == rewrite::script::kKnownKeys) break;
    if (snapshot.router.route(client, key).place != route.place) break;
    ++known;
  }
  return {route, {route.place.db, selected, std::max(known, 1)}};
}

}  // namespace bulkhead::request
