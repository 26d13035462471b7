// One tenant, from the main file or from a file of tenants_dir. Called by load().
#pragma once

#include "config/draft.hpp"

namespace bulkhead::config {

void read_tenant(const Node& node, const Source& source, Draft& draft);
void read_users(MapReader& tenant_map, Tenant& tenant, Draft& draft);

}  // namespace bulkhead::config
