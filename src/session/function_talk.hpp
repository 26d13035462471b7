// FCALL and FUNCTION: a tenant's libraries of functions, each under the shim and inside the fence,
// with names that are tagged upstream. Coroutines of one session. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_fcall(Conversation& talk);
Awaitable<void> talk_function_delete(Conversation& talk);
Awaitable<void> talk_function_flush(Conversation& talk);
Awaitable<void> talk_function_kill(Conversation& talk);
Awaitable<void> talk_function_list(Conversation& talk);
Awaitable<void> talk_function_load(Conversation& talk);
Awaitable<void> talk_function_stats(Conversation& talk);

}  // namespace bulkhead::session
