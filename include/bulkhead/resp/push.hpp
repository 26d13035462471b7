// What kind of push a value is: in RESP3 pushes have a type of their own, in RESP2 they are arrays
// that begin with a word (Redis documentation, "Redis Pub/Sub", "Client-side caching"). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace bulkhead::resp {

enum class PushKind : std::uint8_t {
  none,             // an ordinary reply
  acknowledgement,  // of SUBSCRIBE, UNSUBSCRIBE and their kin
  message,          // a message or an invalidation
};

// `value`: whole, beginning with '>' or '*'.
PushKind push_kind(std::string_view value);

}  // namespace bulkhead::resp
