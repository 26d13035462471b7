// Messages of pub/sub: read from what an upstream connection pushes, written for a client. Pure
// functions; what is read are views of the bytes.
#pragma once

#include "bulkhead/base/buffer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::resp {

struct PubsubMessage {
  enum class Kind : std::uint8_t { message, pmessage, smessage };

  Kind kind = Kind::message;
  std::string_view pattern;  // of a pmessage
  std::string_view channel;
  std::string_view payload;       // empty when it is no string
  std::string_view payload_wire;  // as it came, framed: an array, too, in __redis__:invalidate
};

// `value` is one whole RESP value. Nothing when it is no message.
std::optional<PubsubMessage> read_message(std::string_view value);

// The payload framed already, or as bytes.
void write_message(const PubsubMessage& message, bool resp3, Buffer& out);

}  // namespace bulkhead::resp
