// EXEC: the transaction goes upstream in one piece, and what comes back is made the client's array.
#pragma once

#include "bulkhead/session/conversations.hpp"
#include "bulkhead/session/transaction.hpp"

namespace bulkhead::session {

// `lane` is null when nothing goes upstream. `client` is changed by what of the transaction changes
// it: SELECT. Sets talk.close_after when nobody knows what became of it.
Awaitable<void> run_transaction(Conversation& talk, const Transaction& transaction,
                                boost::intrusive_ptr<upstream::Lane> lane,
                                tenant::ClientState& client);

}  // namespace bulkhead::session
