// What each state of a connection permits: one table, read by plan(). Pure functions.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/command/row.hpp"
#include "bulkhead/tenant/client_state.hpp"

#include <optional>

namespace bulkhead::request {

std::optional<Refusal> refused_in(tenant::Mode mode, const command::Row& row);
// Whether it waits for EXEC.
bool is_queued(tenant::Mode mode, const command::Row& row);

}  // namespace bulkhead::request
