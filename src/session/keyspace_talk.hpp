// SCAN, KEYS, DBSIZE, RANDOMKEY, FLUSHDB and FLUSHALL about one tenant's keys, over all its
// databases. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_scan(Conversation& talk);
Awaitable<void> talk_keys(Conversation& talk);
Awaitable<void> talk_dbsize(Conversation& talk);
Awaitable<void> talk_randomkey(Conversation& talk);
Awaitable<void> talk_flush(Conversation& talk);      // FLUSHDB: the selected database
Awaitable<void> talk_flush_all(Conversation& talk);  // FLUSHALL: every database of the tenant

}  // namespace bulkhead::session
