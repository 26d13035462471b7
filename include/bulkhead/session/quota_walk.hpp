// Samples the keys of tenants with a quota: one walk over the databases for all of them, at a
// bounded rate. Run by one worker for the process; it publishes in the tenants' allowances, where
// the workers look, and in the metrics.
#pragma once

#include "bulkhead/session/context.hpp"

namespace bulkhead::session {

// Goes on for as long as there is a tenant with a quota.
Awaitable<void> walk_for_quotas(Context& context);

}  // namespace bulkhead::session
