// SLOWLOG GET, LEN and RESET about the tenant's own commands, as all workers saw them. Private to
// the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_slowlog_get(Conversation& talk);
Awaitable<void> talk_slowlog_len(Conversation& talk);
Awaitable<void> talk_slowlog_reset(Conversation& talk);
// The same in Valkey's words.
Awaitable<void> talk_commandlog_get(Conversation& talk);
Awaitable<void> talk_commandlog_len(Conversation& talk);
Awaitable<void> talk_commandlog_reset(Conversation& talk);

}  // namespace bulkhead::session
