#include "helpers.hpp"

namespace bulkhead::config {

using namespace std::chrono_literals;

namespace {

const std::string kAll =
    "tenant_limits:\n"
    "  connections: 1\n"
    "  connections_per_second: 2\n"
    "  connections_burst: 3\n"
    "  commands_per_second: 4\n"
    "  commands_burst: 5\n"
    "  bytes_per_second: 6KiB\n"
    "  bytes_burst: 7KiB\n"
    "  commands_by_category: { \"@write\": 8, keys: 9 }\n"
    "  on_limit: delay\n"
    "  max_delay: 10s\n"
    "  pipeline: 11\n"
    "  request_bytes: 12KiB\n"
    "  value_bytes: 13KiB\n"
    "  reply_bytes: 14KiB\n"
    "  blocked_clients: 15\n"
    "  subscriptions: 16\n"
    "  pinned: 17\n"
    "  script_time: 18s\n"
    "  keys: 19\n"
    "  memory: 20MiB\n";

std::string problem(const std::string& line) {
  return only_problem_of(kLeast + "tenant_limits: { " + line + " }\n");
}

}  // namespace

TEST_CASE("every limit of tenants is read") {
  const TenantLimits limits = *config_of(kLeast + kAll).tenant_limits;
  CHECK(limits.connections == 1);
  CHECK(limits.connection_rate == RateLimit{2, 3});
  CHECK(limits.command_rate == RateLimit{4, 5});
  CHECK(limits.byte_rate == RateLimit{6 * 1024, 7 * 1024});
  CHECK(limits.by_category == std::vector<CommandRate>{{"@write", 8}, {"keys", 9}});
  CHECK(limits.on_limit == OnLimit::delay);
  CHECK(limits.max_delay == 10s);
  CHECK(limits.pipeline == 11);
  CHECK(limits.request_bytes == 12 * 1024);
  CHECK(limits.value_bytes == 13 * 1024);
  CHECK(limits.reply_bytes == 14 * 1024);
  CHECK(limits.blocked_clients == 15);
  CHECK(limits.subscriptions == 16);
  CHECK(limits.pinned == 17);
  CHECK(limits.script_time == 18s);
  CHECK(limits.keys == 19);
  CHECK(limits.memory == 20u << 20);
}

TEST_CASE("a tenant's own limits stand over those of all, key by key") {
  const Config config = config_of(
      kLeast + kAll +
      "tenants:\n"
      "  - { name: acme }\n"
      "  - { name: globex, limits: { connections: 100, commands_per_second: 0,\n"
      "      commands_by_category: { \"@write\": 0, \"@read\": 5 }, script_time: 0 } }\n");
  CHECK(*config.tenants[0].limits == *config.tenant_limits);
  CHECK(config.tenants[0].limits == config.tenant_limits);  // and shares them
  const TenantLimits own = *config.tenants[1].limits;
  CHECK(own.connections == 100);
  CHECK(own.command_rate.per_second == 0);
  CHECK(own.by_category == std::vector<CommandRate>{{"keys", 9}, {"@read", 5}});
  CHECK(own.script_time == 0ms);
  CHECK(own.keys == 19);
}

TEST_CASE("without the section nothing is limited") {
  const Config config = config_of(kLeast + "tenants: [{ name: acme }]\n");
  CHECK(*config.tenant_limits == TenantLimits());
  CHECK(*config.tenants[0].limits == TenantLimits());
}

TEST_CASE("mistakes in tenants' limits") {
  CHECK(problem("connection: 5") ==
        "5: 'connection' is no key of tenant_limits; did you mean 'connections'?");
  CHECK(problem("connections: -1") ==
        "5: 'connections' must be a whole number from 0 to 100000000, not '-1'");
  CHECK(problem("commands_burst: 5") == "5: 'commands_burst' needs 'commands_per_second'");
  CHECK(problem("on_limit: wait").find("refuse") != std::string::npos);
  CHECK(problem("max_delay: 0") == "5: 'max_delay' must be a duration from 1ms to 1m, not '0'");
  CHECK(problem("commands_by_category: [get]") == "5: 'commands_by_category' must be a map");
  CHECK(problem("commands_by_category: { \"+get\": 5 }") ==
        "5: '+get' must name a category or a command, as in \"@write\" or keys");
  CHECK(problem("commands_by_category: { get: fast }").find("'get' must be") != std::string::npos);
  CHECK(only_problem_of(kLeast + "tenants: [{ name: acme, limits: { key: 5 } }]\n") ==
        "5: 'key' is no key of a tenant's limits; did you mean 'keys'?");
}

TEST_CASE("a rate of a category that does not exist is a mistake") {
  const RuleCheck check = [](std::string_view rule) {
    return rule == "+@write" ? std::nullopt : std::optional<std::string>("none");
  };
  const auto result = load_text(
      kLeast + "tenant_limits: { commands_by_category: { \"@write\": 1, \"@wrote\": 1 } }\n",
      "test.yaml", check);
  const Problems problems = problems_in(result);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].sentence == "'@wrote' is neither a category nor a command");
}

}  // namespace bulkhead::config
