// Where a key lives: the first feature with a matching pattern gives backend and logical DB.
// Immutable, a part of the snapshot; any thread may read it.
#pragma once

#include "bulkhead/config/config.hpp"
#include "bulkhead/route/feature_matcher.hpp"
#include "bulkhead/tenant/client_state.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::route {

// A logical database of a backend: lanes are kept per place.
struct Place {
  std::uint16_t backend = 0;
  std::uint16_t db = 0;
  bool operator==(const Place&) const = default;
};

struct Route {
  Place place;
  FeatureId feature = 0;
};

class Router {
 public:
  explicit Router(const config::Config& config);

  // The features' names in the order of the configuration, and last "other": keys of a database
  // that no feature claims. FeatureIds index it.
  std::span<const std::string> feature_names() const { return names_; }
  FeatureId default_feature() const { return default_; }

  // Where the client's key lies. Constant time but for the patterns' matching.
  Route route(const tenant::ClientState& client, std::string_view key) const {
    if (client.selected_db == 0 && client.tenant->routing == config::Routing::by_key) {
      return of_key(key);
    }
    return of_database(client.selected_db);
  }

  // The route of a key by its name alone, as in the merged view.
  Route of_key(std::string_view key) const { return routes_[matcher_.feature_of(key)]; }

  // The route of a database that the client has selected.
  Route of_database(int db) const;
  // Every place in which keys of a client may lie, each once: one when it has selected a database.
  std::vector<Route> places(const tenant::ClientState& client) const;
  // Every place of a tenant, whatever its clients have selected.
  std::vector<Route> all_places(const tenant::Tenant& tenant) const;
  // Where channels live: they belong to no database, so all of them go to one backend.
  Route channels() const { return routes_[default_]; }

  // Whether clients do not notice that the backend of a feature is away (`on_failure: miss`).
  bool misses(FeatureId feature) const { return misses_[feature]; }

  // Whether SELECT may name this database.
  static bool may_select(const tenant::Tenant& tenant, int db);

 private:
  std::vector<Route> feature_places(const tenant::Tenant& tenant) const;

  FeatureMatcher matcher_;
  std::vector<std::string> names_;
  std::vector<Route> routes_;  // by FeatureId, without "other"
  std::vector<bool> misses_;   // by FeatureId
  FeatureId default_ = 0;
};

}  // namespace bulkhead::route
