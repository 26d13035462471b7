// What a tenant's commands took, as INFO and LATENCY HISTOGRAM tell it. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

// Microseconds that this share of the calls did not exceed: the upper bound of the span in which
// it was reached.
double percentile(const metrics::CommandTotals& command, double share);

Awaitable<void> talk_latency_histogram(Conversation& talk);

}  // namespace bulkhead::session
