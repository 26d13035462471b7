// The first commands of a lane's connection: who the proxy is, which protocol, which database.
#pragma once

#include "bulkhead/config/config.hpp"

#include <string>
#include <string_view>

namespace bulkhead::upstream {

class Fence;

struct Handshake {
  // As the fence's user, or else as the backend's configured one.
  Handshake(const config::Backend& backend, int db, bool resp3, const Fence* fence);
  // Has the connection's own id told by the last reply.
  void ask_id();

  std::string bytes;
  int replies = 0;
};

}  // namespace bulkhead::upstream
