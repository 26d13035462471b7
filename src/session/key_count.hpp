// How many keys a tenant has, for INFO and MEMORY STATS: counted while that is quick, else
// estimated, and remembered for a while. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <cstdint>

namespace bulkhead::session {

// The keys that a client sees which has selected `db` (0 with by_key routing: all). Counts what it
// can within a short time; of a larger database it looks at a part and infers the rest from Redis'
// DBSIZE.
Awaitable<Result<std::int64_t>> count_keys(Conversation& talk, int db);

}  // namespace bulkhead::session
