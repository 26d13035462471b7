// The `ttl` of a feature, and a tenant's own for some of the features. Called while their sections
// are read. Private to the module.
#pragma once

#include "config/draft.hpp"

namespace bulkhead::config {

// `feature` is the feature's map, with or without a `ttl`.
void read_feature_ttl(MapReader& feature, Ttl& out);
// A map from features' names to what is different for this tenant.
void read_tenant_ttl(MapReader& tenant, const Config& config, Tenant& out);

}  // namespace bulkhead::config
