#include "bulkhead/policy/policy.hpp"

#include "catch.hpp"

#include <initializer_list>

using namespace bulkhead;
using policy::Verdicts;

namespace {

std::size_t row(std::string_view name) {
  const command::Row* found = command::find_row(name);
  REQUIRE(found != nullptr);
  return command::index_of(*found);
}

Verdicts after(std::initializer_list<std::string_view> rules) {
  Verdicts verdicts;
  for (std::string_view rule : rules) {
    CAPTURE(rule);
    REQUIRE_FALSE(policy::apply_rule(rule, verdicts));
  }
  return verdicts;
}

std::string mistake(std::string_view rule) {
  Verdicts verdicts;
  return policy::apply_rule(rule, verdicts).value_or("none");
}

}  // namespace

TEST_CASE("without a rule nothing is allowed") {
  const Verdicts none;
  for (std::size_t i = 0; i < command::rows().size(); ++i) CHECK_FALSE(none.allows(i));
}

TEST_CASE("@all is every row, in any case") {
  for (const std::string_view rule : {"+@all", "+@ALL"}) {
    const Verdicts all = after({rule});
    for (std::size_t i = 0; i < command::rows().size(); ++i) CHECK(all.allows(i));
  }
  const Verdicts none = after({"+@all", "-@all"});
  for (std::size_t i = 0; i < command::rows().size(); ++i) CHECK_FALSE(none.allows(i));
}

TEST_CASE("the last rule that speaks of a row decides") {
  CHECK(after({"+get", "-get", "+get"}).allows(row("get")));
  CHECK_FALSE(after({"+@all", "-@string"}).allows(row("get")));
  CHECK(after({"+@all", "-@string", "+get"}).allows(row("get")));
  CHECK_FALSE(after({"+get", "-@all"}).allows(row("get")));
}

TEST_CASE("a category is every row that carries it, subcommands included") {
  const Verdicts read = after({"+@read"});
  CHECK(read.allows(row("get")));
  CHECK(read.allows(row("object|encoding")));
  CHECK_FALSE(read.allows(row("set")));
  for (std::size_t i = 0; i < command::rows().size(); ++i) {
    CHECK(read.allows(i) == ((command::rows()[i].categories & command::kCatRead) != 0));
  }
}

TEST_CASE("a container's rule covers its subcommands, and a subcommand's rule itself alone") {
  const Verdicts all = after({"+client"});
  CHECK(all.allows(row("client")));
  CHECK(all.allows(row("client|getname")));
  const Verdicts but_one = after({"+client", "-client|getname"});
  CHECK_FALSE(but_one.allows(row("client|getname")));
  CHECK(but_one.allows(row("client|setname")));
  const Verdicts one = after({"+client|getname"});
  CHECK(one.allows(row("client|getname")));
  CHECK_FALSE(one.allows(row("client|setname")));
}

TEST_CASE("a name that begins another is not taken for it") {
  const Verdicts set = after({"+set", "+get"});
  CHECK(set.allows(row("set")));
  CHECK_FALSE(set.allows(row("setex")));
  CHECK_FALSE(set.allows(row("getdel")));
}

TEST_CASE("names of commands and categories may be written in any case") {
  CHECK(after({"+GET"}).allows(row("get")));
  CHECK(after({"+Client|GetName"}).allows(row("client|getname")));
  CHECK(after({"+@Read"}).allows(row("get")));
}

TEST_CASE("a rule that names nothing is told, and changes nothing") {
  CHECK(mistake("+@nope") == "'@nope' is no category of commands");
  CHECK(mistake("+nope") == "'nope' is no command that Bulkhead knows");
  CHECK(mistake("+client|nope") == "'client|nope' is no command that Bulkhead knows");
  CHECK(mistake("-get|x") == "'get|x' is no command that Bulkhead knows");
  for (const std::string_view shape : {"", "+", "-", "get", "~*", "@read"}) {
    CAPTURE(shape);
    CHECK(mistake(shape) ==
          "'" + std::string(shape) + "' is no rule: write +command or -@category");
  }
  CHECK(mistake("+@") == "'@' is no category of commands");
}

TEST_CASE("the default policy lets a tenant do what is harmless and nothing else") {
  const Verdicts usual = after({"+@all", "-@admin", "-@dangerous", "+@tenant"});
  for (const std::string_view name : {"get", "set", "info", "sort", "role", "client|list",
                                      "config|get", "subscribe", "multi", "scan"}) {
    CAPTURE(name);
    CHECK(usual.allows(row(name)));
  }
  for (const std::string_view name : {"keys", "flushdb", "flushall", "monitor", "restore",
                                      "config|set", "shutdown", "debug", "replicaof", "migrate"}) {
    CAPTURE(name);
    CHECK_FALSE(usual.allows(row(name)));
  }
}

TEST_CASE("tenants have the default rules and their own behind them, and equal ones share them") {
  config::Config config;
  config.policy = {"+@all", "-keys"};
  config.features = {{"cache", 0, "", {}}};
  for (const char* name : {"a", "b", "c", "d"}) {
    config::Tenant tenant;
    tenant.name = name;
    tenant.prefix = "{tenant}:";
    config.tenants.push_back(tenant);
  }
  config.tenants[1].policy = config.tenants[2].policy = {"+keys", "-get"};
  const tenant::Directory directory(config);
  const policy::Policy policy(directory);
  CHECK(policy.allows(0, row("get")));
  CHECK_FALSE(policy.allows(0, row("keys")));
  CHECK(policy.allows(1, row("keys")));
  CHECK_FALSE(policy.allows(1, row("get")));
  CHECK(&policy.of(0) == &policy.of(3));
  CHECK(&policy.of(1) == &policy.of(2));
  CHECK(&policy.of(0) != &policy.of(1));
}
