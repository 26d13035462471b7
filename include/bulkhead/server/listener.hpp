// Listening sockets, opened before the workers start so that a port that is taken is a start-up
// error. Called in main's thread.
#pragma once

#include "bulkhead/config/config.hpp"

#include <string>
#include <vector>

namespace bulkhead::server {

// One listening descriptor per worker: of a TCP port each its own (SO_REUSEPORT, the kernel spreads
// the clients), of a unix socket copies of one. Throws std::system_error.
std::vector<int> open_listeners(const config::Endpoint& endpoint, int workers);

// "127.0.0.1:6380" of one end of a connected or listening socket.
std::string local_address(int fd);
std::string remote_address(int fd);

}  // namespace bulkhead::server
