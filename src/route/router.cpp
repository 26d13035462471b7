#include "bulkhead/route/router.hpp"

#include <algorithm>

namespace bulkhead::route {
namespace {

std::uint16_t backend_named(const config::Config& config, const std::string& name) {
  for (std::size_t i = 0; i < config.backends.size(); ++i) {
    if (config.backends[i].name == name) return static_cast<std::uint16_t>(i);
  }
  return 0;  // an empty name is the first backend
}

FeatureId feature_named(const config::Config& config, const std::string& name) {
  for (std::size_t i = 0; i < config.features.size(); ++i) {
    if (config.features[i].name == name) return static_cast<FeatureId>(i);
  }
  return 0;
}

}  // namespace

Router::Router(const config::Config& config)
    : matcher_(config.features, feature_named(config, config.default_feature)),
      default_(feature_named(config, config.default_feature)) {
  for (std::size_t i = 0; i < config.features.size(); ++i) {
    const config::Feature& feature = config.features[i];
    names_.push_back(feature.name);
    misses_.push_back(feature.on_failure == config::OnFailure::miss);
    routes_.push_back(
        {{backend_named(config, feature.backend), static_cast<std::uint16_t>(feature.db)},
         static_cast<FeatureId>(i)});
  }
  names_.push_back("other");
  misses_.push_back(false);
}

Route Router::of_database(int db) const {
  for (const Route& route : routes_) {
    if (route.place.db == db) return route;
  }
  return {{0, static_cast<std::uint16_t>(db)}, static_cast<FeatureId>(routes_.size())};
}

// The features' places, those of one prefix once.
std::vector<Route> Router::feature_places(const tenant::Tenant& tenant) const {
  const bool one_prefix = tenant.prefixes.size() == 1;
  std::vector<Route> places;
  for (const Route& route : routes_) {
    const bool seen = std::any_of(places.begin(), places.end(), [&](const Route& other) {
      return one_prefix && other.place == route.place;
    });
    if (!seen) places.push_back(route);
  }
  return places;
}

std::vector<Route> Router::places(const tenant::ClientState& client) const {
  const bool merged = client.selected_db == 0 && client.tenant->routing == config::Routing::by_key;
  if (merged) return feature_places(*client.tenant);
  return {of_database(client.selected_db)};
}

std::vector<Route> Router::all_places(const tenant::Tenant& tenant) const {
  if (tenant.routing == config::Routing::by_key) return feature_places(tenant);
  std::vector<Route> places;
  for (int db : tenant.databases) places.push_back(of_database(db));
  return places;
}

bool Router::may_select(const tenant::Tenant& tenant, int db) {
  if (db == 0 && tenant.routing == config::Routing::by_key) return true;
  return std::binary_search(tenant.databases.begin(), tenant.databases.end(), db);
}

}  // namespace bulkhead::route
