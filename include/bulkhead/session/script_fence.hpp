// Whether tenants' scripts may run on a backend, and as whom: the probe of the backend, and the
// tenant's ACL user there. Coroutines of one worker.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::session {

// Ready to run the tenant's scripts on this backend: as that user; nothing: as the proxy's own, for
// the configuration asks for no fence. Refused: why they may not run.
Awaitable<Result<std::optional<upstream::FenceUser>>> prepare_scripts(
    Context& context, std::shared_ptr<upstream::Backend> backend, std::uint16_t number,
    const request::Snapshot& snapshot, const tenant::Tenant& tenant);

// Asks the backend, at the start and whenever it is connected again, so that the log says early
// what is wrong.
Awaitable<void> check_scripts(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::shared_ptr<const request::Snapshot> snapshot);

// The users of tenants that are no more.
Awaitable<void> remove_fences(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::shared_ptr<const request::Snapshot> snapshot,
                              std::vector<std::string> tenants);

}  // namespace bulkhead::session
