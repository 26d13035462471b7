// Which commands there are for a tenant: those its policy allows and its backend's version has.
// Private to the module; pure functions.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/tenant/tenant.hpp"
#include "bulkhead/upstream/control.hpp"

#include <string_view>
#include <vector>

namespace bulkhead::session {

// Whether a server of this version ("7.0.15") has the command. An unknown version has it.
bool server_has(std::string_view version, command::Since since);

// The commands without their subcommands, in the order of the table.
std::vector<const command::Row*> available_commands(const request::Snapshot& snapshot,
                                                    const tenant::Tenant& tenant,
                                                    const upstream::Facts& facts);

}  // namespace bulkhead::session
