// CLIENT LIST and CLIENT KILL over the tenant's own connections, on all workers. Private to the
// module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_client_list(Conversation& talk);
Awaitable<void> talk_client_kill(Conversation& talk);
Awaitable<void> talk_client_unblock(Conversation& talk);

}  // namespace bulkhead::session
