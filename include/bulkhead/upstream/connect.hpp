// Opens a connection to a configured endpoint, TCP or unix. Used by lanes and control connections.
#pragma once

#include "bulkhead/config/config.hpp"
#include "bulkhead/upstream/asio.hpp"

namespace bulkhead::upstream {

// On success the socket is open, non-blocking and without Nagle's delay. Gives up when it is
// closed.
Awaitable<error_code> connect_to(const config::Endpoint& endpoint, Socket& socket);

}  // namespace bulkhead::upstream
