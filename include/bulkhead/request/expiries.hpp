// What TTL policies ask of one command: its row says which keys it may leave without an expiry, or
// with too long a one, and how an expiry stands in its arguments; the keys' features say how long
// they may live. Pure functions.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/resp/args.hpp"
#include "bulkhead/rewrite/tenant_command.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <span>

namespace bulkhead::request {

using rewrite::Expiries;

// Puts into the command what must be added to it, with `out` as the place for it. `names` are those
// of `args`, which the command was made of. Only for tenants with TTL policies.
void add_expiries(const command::Row& row, const tenant::Tenant& tenant, const resp::Args& args,
                  std::span<const rewrite::ScopedName> names, rewrite::TenantCommand& command,
                  Expiries& out);

// The same for a command of one key of which not all arguments have come yet: whatever they are,
// what follows it holds.
void add_expiries_unseen(const command::Row& row, const tenant::Tenant& tenant,
                         std::span<const rewrite::ScopedName> names,
                         rewrite::TenantCommand& command, Expiries& out);

}  // namespace bulkhead::request
