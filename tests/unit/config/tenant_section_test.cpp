#include "helpers.hpp"

namespace bulkhead::config {

namespace {

Tenant tenant_of(const std::string& keys, const std::string& before = "") {
  return config_of(kLeast + before + "tenants:\n  - { name: acme" + keys + " }\n").tenants.at(0);
}

// Of a tenant in line 6.
std::string problem(const std::string& keys) {
  return only_problem_of(kLeast + "tenants:\n  - { " + keys + " }\n");
}

}  // namespace

TEST_CASE("a tenant has what holds for all") {
  const Tenant tenant = tenant_of(
      "", "prefix: \"x:{tenant}:\"\nprefix_mode: require\nrouting: by_select\npubsub: fanout\n");
  CHECK(tenant.name == "acme");
  CHECK(tenant.prefix == "x:{tenant}:");
  CHECK(tenant.prefix_mode == PrefixMode::require);
  CHECK(tenant.routing == Routing::by_select);
  CHECK_FALSE(tenant.databases);
  CHECK(tenant.policy.empty());
  CHECK(tenant.users.empty());
  CHECK(tenant.file == "test.yaml");
  CHECK(tenant.pubsub == Pubsub::fanout);
  CHECK(tenant.weight == 1);
  CHECK(tenant.line == 10);
}

TEST_CASE("a tenant's own values win") {
  const Tenant tenant = tenant_of(
      ", prefix: \"own:\", prefix_mode: add, routing: by_key, pubsub: exact, weight: 7, policy: "
      "[+keys]",
      "prefix_mode: require\nrouting: by_select\npubsub: fanout\n");
  CHECK(tenant.prefix == "own:");
  CHECK(tenant.weight == 7);
  CHECK(tenant.prefix_mode == PrefixMode::add);
  CHECK(tenant.routing == Routing::by_key);
  CHECK(tenant.pubsub == Pubsub::exact);
  CHECK(tenant.policy == std::vector<std::string>{"+keys"});
}

TEST_CASE("a tenant is fenced whole when it or all are to be") {
  CHECK(tenant_of("").fence == Fence::scripts);
  CHECK(tenant_of(", fence: all").fence == Fence::all);
  CHECK(tenant_of("", "fence: all\n").fence == Fence::all);
  CHECK(tenant_of(", fence: scripts", "fence: all\n").fence == Fence::scripts);
  CHECK(problem("name: a, fence: some") == "6: 'fence' must be one of scripts, all, not 'some'");
  CHECK(only_problem_of(kLeast + "scripts: shim_only\nfence: all\n") ==
        "6: 'fence: all' fences scripts, too, which 'scripts: shim_only' forbids");
  CHECK(only_problem_of(kLeast + "scripts: shim_only\ntenants:\n  - { name: a, fence: all }\n") ==
        "7: 'fence: all' fences scripts, too, which 'scripts: shim_only' forbids");
}

TEST_CASE("databases are a list or all there can be") {
  CHECK(tenant_of(", routing: by_select, databases: [9, 0, 1, 9]").databases ==
        std::vector<int>{0, 1, 9});
  const auto all = tenant_of(", routing: by_select, databases: all").databases;
  REQUIRE(all);
  CHECK(all->size() == 1024);
  CHECK(all->back() == 1023);
}

TEST_CASE("mistakes in databases") {
  CHECK(problem("name: a, routing: by_select, databases: []") ==
        "6: there must be a database at least");
  CHECK(problem("name: a, routing: by_select, databases: some") == "6: 'databases' must be a list");
  CHECK(problem("name: a, routing: by_select, databases: [0, 1024]") ==
        "6: a database is a number from 0 to 1023, not '1024'");
  CHECK(problem("name: a, routing: by_select, databases: [all]") ==
        "6: a database is a number from 0 to 1023, not 'all'");
  CHECK(problem("name: a, databases: [0]") ==
        "6: 'databases' needs routing: by_select; else the features decide");
}

TEST_CASE("mistakes in a tenant") {
  CHECK(problem("prefix: \"a:\"") == "6: a tenant needs the key 'name'");
  CHECK(problem("name: Acme") ==
        "6: the name 'Acme' must be 1 to 64 characters out of a-z, 0-9, '_' and '-'");
  CHECK(problem("name: acme, prefix: \"{tenants}:\"") ==
        "6: the prefix '{tenants}:' knows only the placeholders {tenant} and {feature}");
  CHECK(problem("name: acme, policy: [keys]").find("must begin with '+'") != std::string::npos);
  CHECK(problem("name: acme, moat: deep").find("'moat' is no key of a tenant") !=
        std::string::npos);
  CHECK(problem("name: acme }\n  - { name: acme") ==
        "7: the tenant 'acme' is there already, in test.yaml:6");
}

}  // namespace bulkhead::config
