#include "bulkhead/policy/allowance.hpp"

#include "catch.hpp"

namespace bulkhead::policy {
namespace {

using config::TenantLimits;

const Instant kStart = Instant(std::chrono::hours(1000));

config::Config two_tenants(TenantLimits acme) {
  config::Config config;
  config.tenants.resize(2);
  config.tenants[0].name = "acme";
  config.tenants[0].prefix = "acme:";
  config.tenants[0].limits = std::make_shared<const TenantLimits>(std::move(acme));
  config.tenants[1].name = "globex";
  config.tenants[1].prefix = "globex:";
  return config;
}

std::size_t row(std::string_view name) {
  return command::index_of(*command::find_row(name));
}

}  // namespace

TEST_CASE("a tenant without limits has no allowance") {
  const tenant::Directory directory(two_tenants({}));
  const Allowances allowances(directory);
  CHECK(allowances.of(0) == nullptr);
  CHECK(allowances.of(1) == nullptr);
  CHECK_FALSE(allowances.any_quota());
}

TEST_CASE("what stands in the place of a limit of everybody needs no allowance") {
  TenantLimits limits;
  limits.subscriptions = 5;
  limits.pinned = 5;
  limits.script_time = std::chrono::milliseconds(5);
  const tenant::Directory directory(two_tenants(limits));
  CHECK(Allowances(directory).of(0) == nullptr);
}

TEST_CASE("rows draw on the buckets that they belong to") {
  TenantLimits limits;
  limits.command_rate.per_second = 1000;
  limits.byte_rate.per_second = 1 << 20;
  limits.connection_rate.per_second = 5;
  limits.by_category = {{"@write", 100}, {"@scripting", 10}, {"client", 1}};
  const tenant::Directory directory(two_tenants(limits));
  const Allowances allowances(directory);
  const Allowance& acme = *allowances.of(0);
  REQUIRE(acme.buckets().size() == 6);
  CHECK(acme.buckets()[0].limit == Limit::commands_per_second);
  CHECK(acme.buckets()[1].limit == Limit::commands_by_category);
  CHECK(acme.bytes() == 4);
  CHECK(acme.connections() == 5);
  CHECK(acme.draws(row("get")) == 0b10001);
  CHECK(acme.draws(row("set")) == 0b10011);
  CHECK(acme.draws(row("eval")) == 0b10101);
  CHECK(acme.draws(row("client|list")) == 0b11001);
  CHECK(acme.draws_of_any() == 0b10001);
}

TEST_CASE("a rate alone draws on one bucket") {
  TenantLimits limits;
  limits.by_category = {{"get", 1}};
  const tenant::Directory directory(two_tenants(limits));
  const Allowances allowances(directory);
  CHECK(allowances.of(0)->draws(row("get")) == 1);
  CHECK(allowances.of(0)->draws(row("set")) == 0);
  CHECK(allowances.of(0)->bytes() == -1);
  CHECK(allowances.of(0)->connections() == -1);
}

TEST_CASE("after a reload buckets are as empty as before, and use is as it was") {
  TenantLimits limits;
  limits.command_rate.per_second = 10;
  limits.by_category = {{"@read", 10}, {"@write", 10}};
  limits.keys = 5;
  const tenant::Directory old_directory(two_tenants(limits));
  const Allowances before(old_directory);
  const auto drain = [](const Allowance& allowance, std::size_t bucket) {
    int taken = 0;
    while (!allowance.buckets()[bucket].tokens->take(kStart)) ++taken;
    return taken;
  };
  CHECK(drain(*before.of(0), 0) == 10);
  CHECK(drain(*before.of(0), 2) == 10);
  before.of(0)->use().over = KeyUse::over_keys;
  before.of(0)->use().keys = 7;

  limits.by_category = {{"@write", 20}, {"@read", 10}};
  const tenant::Directory directory(two_tenants(limits));
  const Allowances after(directory);
  after.continue_from(before);
  CHECK(drain(*after.of(0), 0) == 0);
  CHECK(drain(*after.of(0), 1) == 0);   // @write
  CHECK(drain(*after.of(0), 2) == 10);  // @read
  CHECK(after.of(0)->use().over == KeyUse::over_keys);
  CHECK(after.of(0)->use().keys == 7);
  CHECK(after.any_quota());
}

TEST_CASE("a quota that is taken away holds no longer") {
  TenantLimits limits;
  limits.keys = 5;
  const tenant::Directory old_directory(two_tenants(limits));
  const Allowances before(old_directory);
  before.of(0)->use().over = KeyUse::over_keys;
  limits.keys = 0;
  limits.connections = 7;
  const tenant::Directory directory(two_tenants(limits));
  const Allowances after(directory);
  after.continue_from(before);
  CHECK(after.of(0)->use().over == KeyUse::within);
}

}  // namespace bulkhead::policy
