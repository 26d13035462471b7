// In whose name something is sent: the tenant whose share of a lane it takes, in one worker. A null
// tenant: the proxy itself. The counters are a tenant's identity here, for they outlive reloads.
#pragma once

#include "bulkhead/metrics/counters.hpp"

#include <cstdint>

namespace bulkhead::upstream {

struct Payer {
  metrics::TenantCounters* tenant = nullptr;
  std::uint32_t weight = 1;  // of its share, among others' weights
};

}  // namespace bulkhead::upstream
