// Commands whose names lie in two databases of one backend, carried out atomically by a script of
// the proxy's own: RENAME, SMOVE, LMOVE, SUNIONSTORE and their like. Private to the module.
#pragma once

#include "bulkhead/request/plan.hpp"

namespace bulkhead::request {

// `scratch` holds the command's names. CROSSDB where more than two databases are in play, where
// they belong to different backends, or where the sources are not in one.
Plan plan_crossing(const command::Row& row, const Snapshot& snapshot,
                   const tenant::ClientState& client, const resp::Args& args, Scratch& scratch);

// COPY to another database, where its feature's TTL policy has to look at the copy.
Plan plan_copy_across(const command::Row& row, const tenant::ClientState& client,
                      const resp::Args& args, route::Route from, route::Route to, bool replace,
                      Scratch& scratch);

}  // namespace bulkhead::request
