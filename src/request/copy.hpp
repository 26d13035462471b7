// COPY: the one command with a database of its own in it. Between features it becomes COPY ... DB
// n, which Redis carries out atomically. Private to the module.
#pragma once

#include "bulkhead/request/plan.hpp"

namespace bulkhead::request {

Plan plan_copy(const command::Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
               const resp::Args& args, Scratch& scratch);

}  // namespace bulkhead::request
