#include "config/tenant_section.hpp"

#include "config/checks.hpp"
#include "config/sections.hpp"
#include "config/ttl.hpp"
#include "config/units.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <numeric>

namespace bulkhead::config {

namespace {

constexpr int kDatabases = 1024;

Tenant defaults(const Config& config) {
  Tenant tenant;
  tenant.prefix = config.prefix;
  tenant.prefix_mode = config.prefix_mode;
  tenant.routing = config.routing;
  tenant.pubsub = config.pubsub;
  tenant.fence = config.fence;
  tenant.limits = config.tenant_limits;
  return tenant;
}

void read_prefix(MapReader& map, std::string& out) {
  std::string prefix;
  if (!map.text("prefix", prefix)) return;
  const WhyNot why = why_not_prefix(prefix);
  if (why) return map.report("prefix", "the prefix " + in_quotes(prefix) + " " + *why);
  out = prefix;
}

std::vector<int> all_databases() {
  std::vector<int> all(kDatabases);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

void read_database(const Node& node, const Source& source, std::vector<int>& out) {
  const auto number = parse_integer(node.text);
  if (!number || *number < 0 || *number >= kDatabases) {
    return source.report(node.line,
                         "a database is a number from 0 to 1023, not " + in_quotes(node.text));
  }
  out.push_back(static_cast<int>(*number));
}

std::vector<int> listed_databases(MapReader& map) {
  std::vector<const Node*> nodes;
  std::vector<int> databases;
  map.texts("databases", nodes);
  if (map.is_empty_list("databases")) {
    map.report("databases", "there must be a database at least");
  }
  for (const Node* node : nodes) read_database(*node, map.source(), databases);
  std::sort(databases.begin(), databases.end());
  databases.erase(std::unique(databases.begin(), databases.end()), databases.end());
  return databases;
}

// A tenant's own stand over those of all, key by key.
void read_own_limits(MapReader& map, Tenant& tenant) {
  TenantLimits limits = *tenant.limits;
  if (!read_tenant_limits(map, "limits", limits)) return;
  tenant.limits = std::make_shared<const TenantLimits>(std::move(limits));
}

void read_databases(MapReader& map, Tenant& tenant) {
  const Node* node = map.any("databases");
  if (node == nullptr) return;
  if (tenant.routing != Routing::by_select) {
    map.report("databases", "'databases' needs routing: by_select; else the features decide");
  }
  tenant.databases = node->text == "all" ? all_databases() : listed_databases(map);
}

}  // namespace

void read_tenant(const Node& node, const Source& source, Draft& draft) {
  Tenant tenant = defaults(draft.config);
  tenant.file = source.file;
  tenant.line = node.line;
  MapReader map(node, "a tenant", source);
  read_name(map, tenant.name, draft.tenants);
  read_prefix(map, tenant.prefix);
  read_prefix_mode(map, tenant.prefix_mode);
  read_routing(map, tenant.routing);
  read_pubsub(map, tenant.pubsub);
  read_fence(map, draft.config.scripts, tenant.fence);
  read_databases(map, tenant);
  map.integer("weight", tenant.weight, {1, 1000});
  read_policy(map, tenant.policy);
  read_tenant_ttl(map, draft.config, tenant);
  read_own_limits(map, tenant);
  read_users(map, tenant, draft);
  map.finish();
  draft.config.tenants.push_back(std::move(tenant));
}

}  // namespace bulkhead::config
