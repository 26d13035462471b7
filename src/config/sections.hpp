// The sections of the main file, each read and checked in itself, one source file each. Called by
// load(), in an order in which a section finds what it refers to.
#pragma once

#include "config/draft.hpp"

namespace bulkhead::config {

void read_backends(MapReader& main, Draft& draft);
void read_features(MapReader& main, Draft& draft);
void read_tenancy(MapReader& main, Draft& draft);    // what holds for all tenants
void read_tenants(MapReader& main, Draft& draft);    // and those of tenants_dir
void read_listeners(MapReader& main, Draft& draft);  // and the admin port
void read_limits(MapReader& main, Limits& out);
void read_auth(MapReader& main, Auth& out);
void read_audit(MapReader& main, Draft& draft);
// What one tenant may have: `tenant_limits`, or `limits` of a tenant, over what `out` holds. False
// when there is no such section.
bool read_tenant_limits(MapReader& owner, std::string_view key, TenantLimits& out);
void read_process(MapReader& main, Config& out);  // workers, log

// What a tenant has in common with the defaults for all tenants.
void read_prefix_mode(MapReader& map, PrefixMode& out);
void read_routing(MapReader& map, Routing& out);
void read_pubsub(MapReader& map, Pubsub& out);
void read_fence(MapReader& map, Scripts scripts, Fence& out);
void read_policy(MapReader& map, std::vector<std::string>& out);

// The key `name`, checked and entered; a bad name is reported and kept.
void read_name(MapReader& map, std::string& out, Unique& names);

}  // namespace bulkhead::config
