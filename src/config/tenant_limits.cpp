#include "config/checks.hpp"
#include "config/sections.hpp"
#include "config/units.hpp"
#include "config/utf8.hpp"

#include <algorithm>

namespace bulkhead::config {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMany = 100'000'000;
constexpr Range<std::size_t> kCount{0, kMany};
constexpr Range<std::size_t> kBytes{0, std::size_t{1} << 40};
constexpr Range<Milliseconds> kTime{0ms, 24h};
constexpr Range<Milliseconds> kDelay{1ms, 1min};
constexpr std::size_t kMostCategories = 24;

constexpr Word kOnLimit[] = {{"refuse", static_cast<int>(OnLimit::refuse)},
                             {"delay", static_cast<int>(OnLimit::delay)}};

// A burst without a rate would be no limit at all.
void check_burst(const MapReader& map, std::string_view burst, std::string_view rate,
                 const RateLimit& limit) {
  if (!map.has(burst) || limit.per_second != 0) return;
  map.report(burst, "'" + std::string(burst) + "' needs '" + std::string(rate) + "'");
}

void read_rates(MapReader& map, TenantLimits& out) {
  map.count("connections_per_second", out.connection_rate.per_second, kCount);
  map.count("connections_burst", out.connection_rate.burst, kCount);
  check_burst(map, "connections_burst", "connections_per_second", out.connection_rate);
  map.count("commands_per_second", out.command_rate.per_second, kCount);
  map.count("commands_burst", out.command_rate.burst, kCount);
  check_burst(map, "commands_burst", "commands_per_second", out.command_rate);
  map.size("bytes_per_second", out.byte_rate.per_second, kBytes);
  map.size("bytes_burst", out.byte_rate.burst, kBytes);
  check_burst(map, "bytes_burst", "bytes_per_second", out.byte_rate);
}

// Whether it names a category or a command: as a rule of a policy would, without the sign.
WhyNot why_not_commands(const std::string& commands, const RuleCheck* check) {
  const std::string rule = "+" + commands;
  if (WhyNot why = why_not_rule(rule)) {
    return "must name a category or a command, as in \"@write\" or keys";
  }
  if (check == nullptr || !*check) return std::nullopt;
  auto sentence = (*check)(rule);
  return sentence ? WhyNot("is neither a category nor a command") : std::nullopt;
}

void set_rate(std::vector<CommandRate>& rates, const std::string& commands, std::size_t rate) {
  const auto same = std::find_if(rates.begin(), rates.end(),
                                 [&](const CommandRate& one) { return one.commands == commands; });
  if (same != rates.end())
    same->per_second = rate;
  else
    rates.push_back({commands, rate});
}

// Each of them stands beside those that all tenants have; 0 takes one of these away.
void read_categories(MapReader& map, std::vector<CommandRate>& out) {
  const Node* node = map.map("commands_by_category");
  if (node == nullptr) return;
  const Source& source = map.source();
  MapReader rates(*node, "commands_by_category", source);
  for (const Entry& entry : node->entries) {
    if (const WhyNot why = why_not_commands(entry.key, source.check_rule)) {
      source.report(entry.line, in_quotes(entry.key) + " " + *why);
    }
    std::size_t rate = 0;
    if (rates.count(entry.key, rate, kCount)) set_rate(out, entry.key, rate);
  }
  std::erase_if(out, [](const CommandRate& one) { return one.per_second == 0; });
  if (out.size() > kMostCategories) {
    map.report("commands_by_category", "there must not be more than 24 of them");
  }
}

void read_sizes(MapReader& map, TenantLimits& out) {
  map.count("connections", out.connections, kCount);
  map.count("pipeline", out.pipeline, kCount);
  map.size("request_bytes", out.request_bytes, kBytes);
  map.size("value_bytes", out.value_bytes, kBytes);
  map.size("reply_bytes", out.reply_bytes, kBytes);
  map.count("blocked_clients", out.blocked_clients, kCount);
  map.count("subscriptions", out.subscriptions, kCount);
  map.count("pinned", out.pinned, kCount);
  Milliseconds script_time{};
  if (map.duration("script_time", script_time, kTime)) out.script_time = script_time;
  map.count("keys", out.keys, {0, 2'000'000'000});
  map.size("memory", out.memory, kBytes);
}

}  // namespace

bool read_tenant_limits(MapReader& owner, std::string_view key, TenantLimits& out) {
  const Node* node = owner.map(key);
  if (node == nullptr) return false;
  MapReader map(*node, key == "limits" ? "a tenant's limits" : key, owner.source());
  read_sizes(map, out);
  read_rates(map, out);
  read_categories(map, out.by_category);
  map.choice("on_limit", out.on_limit, kOnLimit);
  map.duration("max_delay", out.max_delay, kDelay);
  map.finish();
  return true;
}

}  // namespace bulkhead::config
