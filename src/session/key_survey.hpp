// How many keys a tenant has, how many of them expire, and how large they are, for INFO and MEMORY
// STATS: counted while that is quick, else estimated, and remembered for a while. Private to the
// module.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <vector>

namespace bulkhead::session {

// The keys that a client sees which has selected `db` (0 with by_key routing: all). Counts what it
// can within a short time; of a larger database it looks at a part and infers the rest from Redis'
// DBSIZE. A sample of the keys is asked for its size and its time to live.
Awaitable<Result<KeySurvey>> survey_keys(Conversation& talk, int db);

// The databases that the client may select, 0 first. Of a tenant that may select hundreds, the one
// it is in.
std::vector<int> databases_told(const tenant::ClientState& client);

// All keys of the tenant, each counted once.
Awaitable<Result<KeySurvey>> survey_all_keys(Conversation& talk);

}  // namespace bulkhead::session
