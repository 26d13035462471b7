// Reads a PROXY header off a connection, before anything else of it is read. Private to the module;
// runs on the worker's thread.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/resp/proxy_header.hpp"
#include "bulkhead/upstream/asio.hpp"

#include <string>
#include <variant>

namespace bulkhead::server {

// The header, or why there is none. Takes no byte of what follows it.
Awaitable<std::variant<resp::ProxyHeader, std::string>> read_proxy_header(Socket& socket,
                                                                          Milliseconds timeout);

}  // namespace bulkhead::server
