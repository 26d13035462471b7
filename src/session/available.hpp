// Which commands there are for a tenant: those its policy allows and its backend has.
// Private to the module; pure functions.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/tenant/tenant.hpp"
#include "bulkhead/upstream/control.hpp"

#include <vector>

namespace bulkhead::session {

// Whether the backend has the command; when it has not said, it has.
bool backend_has(const upstream::Facts& facts, const command::Row& row);

// The same, without looking it up where every backend has it.
inline bool is_available(const upstream::Facts& facts, const command::Row& row) {
  return row.since == command::Since::redis_7_0 || backend_has(facts, row);
}

// What a backend without the command answers.
Refusal missing_in_backend(const upstream::Facts& facts, const command::Row& row,
                           const resp::Args& args);

// What this tenant may run, in the order of the table: commands, and where asked for subcommands. A
// container is there when one of its subcommands is.
std::vector<const command::Row*> available_commands(const request::Snapshot& snapshot,
                                                    const tenant::Tenant& tenant,
                                                    const upstream::Facts& facts,
                                                    bool subcommands = false);

}  // namespace bulkhead::session
