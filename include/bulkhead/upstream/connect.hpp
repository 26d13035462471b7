// Opens a connection to a configured endpoint, TCP or unix, plain or inside TLS. Used by lanes and
// control connections.
#pragma once

#include "bulkhead/config/config.hpp"
#include "bulkhead/upstream/stream.hpp"
#include "bulkhead/upstream/tls_context.hpp"

#include <memory>

namespace bulkhead::upstream {

// On success the stream is open, non-blocking and without Nagle's delay. Gives up when it is
// closed. Plain without a context.
Awaitable<error_code> connect_to(const config::Endpoint& endpoint,
                                 std::shared_ptr<const TlsContext> tls, Stream& stream);

}  // namespace bulkhead::upstream
