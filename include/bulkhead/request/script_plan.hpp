// What of the configuration scripts depend on: the shape of a tenant's shim, and where a script
// begins. Pure functions of the snapshot.
#pragma once

#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/rewrite/script_shape.hpp"
#include "bulkhead/tenant/client_state.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::request {

rewrite::script::Shape script_shape(const Snapshot& snapshot, const tenant::Tenant& tenant,
                                    std::uint16_t backend);

// The backends on which scripts may run: first that of the default feature, which is where what
// needs no key is answered.
std::vector<std::uint16_t> script_backends(const Snapshot& snapshot);

struct ScriptStart {
  route::Route route;
  rewrite::script::Start start;
};

// In the database of the first key; without keys, in that of the default feature.
ScriptStart script_start(const Snapshot& snapshot, const tenant::ClientState& client,
                         std::span<const std::string_view> keys);

}  // namespace bulkhead::request
