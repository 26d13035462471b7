#include "bulkhead/route/router.hpp"

#include "catch.hpp"

using namespace bulkhead;
using route::Place;
using route::Router;

namespace {

config::Config sample() {
  config::Config config;
  config.backends.resize(2);
  config.backends[0].name = "main";
  config.backends[1].name = "second";
  config.features = {{"sessions", 0, "", {"session:*"}},
                     {"cache", 1, "main", {"cache:*"}},
                     {"rate", 2, "second", {"rate:*"}},
                     {"more", 1, "", {"more:*"}}};
  config.default_feature = "cache";
  return config;
}

tenant::Tenant tenant_with(config::Routing routing, std::vector<int> databases,
                           std::size_t prefixes = 1) {
  tenant::Tenant tenant;
  tenant.routing = routing;
  tenant.databases = std::move(databases);
  tenant.prefixes.resize(prefixes);
  return tenant;
}

tenant::ClientState client_of(const tenant::Tenant& tenant, int db = 0) {
  tenant::ClientState client;
  client.tenant = &tenant;
  client.selected_db = db;
  return client;
}

std::vector<Place> places(const std::vector<route::Route>& routes) {
  std::vector<Place> out;
  for (const route::Route& route : routes) out.push_back(route.place);
  return out;
}

constexpr auto kByKey = config::Routing::by_key;
constexpr auto kBySelect = config::Routing::by_select;

}  // namespace

TEST_CASE("by key, the feature's backend and database are the key's") {
  const Router router(sample());
  const auto tenant = tenant_with(kByKey, {0, 1, 2});
  const auto client = client_of(tenant);
  CHECK(router.route(client, "session:1").place == Place{0, 0});
  CHECK(router.route(client, "rate:1").place == Place{1, 2});
  CHECK(router.route(client, "rate:1").feature == 2);
  CHECK(router.route(client, "other").place == Place{0, 1});
  CHECK(router.route(client, "other").feature == router.default_feature());
}

TEST_CASE("a selected database holds all keys") {
  const Router router(sample());
  const auto tenant = tenant_with(kByKey, {0, 1, 2});
  CHECK(router.route(client_of(tenant, 2), "session:1").place == Place{1, 2});
  CHECK(router.route(client_of(tenant, 2), "session:1").feature == 2);
}

TEST_CASE("by select, database 0 is one like the others") {
  const Router router(sample());
  const auto tenant = tenant_with(kBySelect, {0, 1, 9});
  CHECK(router.route(client_of(tenant), "rate:1").place == Place{0, 0});
  CHECK(router.route(client_of(tenant, 9), "rate:1").place == Place{0, 9});
}

TEST_CASE("a database that no feature claims is called other") {
  const Router router(sample());
  const auto route = router.of_database(9);
  CHECK(route.place == Place{0, 9});
  CHECK(router.feature_names()[route.feature] == "other");
}

TEST_CASE("the merged view names every place once, or every feature where each has a prefix") {
  const Router router(sample());
  const auto one = tenant_with(kByKey, {0, 1, 2});
  CHECK(places(router.places(client_of(one))) == std::vector<Place>{{0, 0}, {0, 1}, {1, 2}});
  CHECK(places(router.places(client_of(one, 1))) == std::vector<Place>{{0, 1}});
  const auto many = tenant_with(kByKey, {0, 1, 2}, 5);
  CHECK(places(router.places(client_of(many))) ==
        std::vector<Place>{{0, 0}, {0, 1}, {1, 2}, {0, 1}});
}

TEST_CASE("all places of a tenant do not depend on what a client has selected") {
  const Router router(sample());
  CHECK(places(router.all_places(tenant_with(kByKey, {0, 1, 2}))).size() == 3);
  CHECK(places(router.all_places(tenant_with(kBySelect, {0, 9}))) ==
        std::vector<Place>{{0, 0}, {0, 9}});
}

TEST_CASE("SELECT may name the tenant's databases, and 0 where it is the merged view") {
  const auto by_key = tenant_with(kByKey, {1, 3});
  CHECK(Router::may_select(by_key, 0));
  CHECK(Router::may_select(by_key, 3));
  CHECK_FALSE(Router::may_select(by_key, 2));
  CHECK_FALSE(Router::may_select(by_key, -1));
  const auto by_select = tenant_with(kBySelect, {1, 3});
  CHECK_FALSE(Router::may_select(by_select, 0));
  CHECK(Router::may_select(by_select, 1));
}

TEST_CASE("channels live with the default feature") {
  CHECK(Router(sample()).channels().place == Place{0, 1});
}
