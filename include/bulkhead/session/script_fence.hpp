// Whether tenants' scripts may run on a backend, and as whom: the probe of the backend, and the
// tenant's fence there. Coroutines of one worker.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <memory>

namespace bulkhead::session {

// Ready to run the tenant's scripts on this backend: inside that fence; null: as the proxy's own
// user, for the configuration asks for no fence. Refused: why they may not run.
Awaitable<Result<std::shared_ptr<upstream::Fence>>> prepare_scripts(
    Context& context, std::shared_ptr<upstream::Backend> backend, const request::Snapshot& snapshot,
    const tenant::Tenant& tenant);

// Asks the backend, at the start and whenever it is connected again, so that the log says early
// what is wrong.
Awaitable<void> check_scripts(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::shared_ptr<const request::Snapshot> snapshot);

}  // namespace bulkhead::session
