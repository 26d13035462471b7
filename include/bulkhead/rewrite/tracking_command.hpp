// CLIENT TRACKING and CLIENT CACHING as they go upstream: about the tenant's own keys only. A
// broadcast without the tenant's prefix cannot be written. Pure.
#pragma once

#include "bulkhead/rewrite/batch.hpp"
#include "bulkhead/tenant/tenant.hpp"
#include "bulkhead/tenant/tracking.hpp"

#include <cstdint>
#include <optional>

namespace bulkhead::rewrite {

// Has the connection tracked so. `before`: how it is until now, if it is. `redirect`: upstream id
// of the connection that is told instead; 0: itself. The last reply counts.
Batch tracking_on(const tenant::Tenant& tenant, const std::optional<tenant::Tracking>& before,
                  const tenant::Tracking& after, std::int64_t redirect);

}  // namespace bulkhead::rewrite
