// PUBSUB about the tenant's own channels. With `pubsub: exact` the backend counts, over all
// proxies; with `fanout` this proxy does. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_pubsub_channels(Conversation& talk);
Awaitable<void> talk_pubsub_numpat(Conversation& talk);
Awaitable<void> talk_pubsub_numsub(Conversation& talk);
Awaitable<void> talk_pubsub_shardnumsub(Conversation& talk);

}  // namespace bulkhead::session
