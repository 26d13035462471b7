// INFO and MEMORY STATS: answers for which the backend must be asked about this tenant's keys.
// Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_info(Conversation& talk);
Awaitable<void> talk_memory_stats(Conversation& talk);

}  // namespace bulkhead::session
