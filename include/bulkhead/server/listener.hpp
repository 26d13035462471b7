// Listening sockets, opened before the workers start so that a port that is taken is a start-up
// error. Called in main's thread.
#pragma once

#include "bulkhead/base/network.hpp"
#include "bulkhead/config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::server {

// One listening descriptor per worker: of a TCP port each its own (SO_REUSEPORT, the kernel spreads
// the clients), of a unix socket copies of one. `mode`: permissions of the socket's file. Throws
// std::system_error.
std::vector<int> open_listeners(const config::Endpoint& endpoint, int workers,
                                std::optional<unsigned> mode = std::nullopt);

// Which of the listeners in `next` stands where each of `now` stood; null: none any more. Port 0
// may be there several times: the first is the first.
std::vector<const config::Listener*> counterparts(const std::vector<config::Listener>& now,
                                                  const std::vector<config::Listener>& next);

// "127.0.0.1:6380" of one end of a connected or listening socket.
std::string local_address(int fd);
std::string remote_address(int fd);
// The address at the other end; none: it is a unix socket.
std::optional<IpAddress> remote_ip(int fd);
// The system user at the other end of a unix socket, by the kernel's word.
std::optional<std::uint32_t> remote_uid(int fd);

}  // namespace bulkhead::server
