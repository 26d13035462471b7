#include "bulkhead/upstream/connect.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <string>

namespace bulkhead::upstream {
namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
using Endpoint = asio::generic::stream_protocol::endpoint;

constexpr auto kUntilRoom = std::chrono::milliseconds(5);

Awaitable<error_code> connect_one(Endpoint endpoint, Socket& socket) {
  error_code error;
  socket.close(error);
  socket.open(endpoint.protocol(), error);
  if (error) co_return error;
  for (;;) {
    auto [failed] = co_await socket.async_connect(endpoint, kAwait);
    // A unix socket's listener has too many to accept; nothing tells when there is room
    // (connect(2)).
    if (failed != asio::error::try_again) co_return failed;
    Timer pause(socket.get_executor(), kUntilRoom);
    co_await pause.async_wait(kAwait);
    if (!socket.is_open()) co_return asio::error::operation_aborted;
  }
}

Awaitable<error_code> connect_plain(const config::Endpoint& endpoint, Socket& socket) {
  error_code error;
  if (endpoint.is_unix()) {
    error = co_await connect_one(asio::local::stream_protocol::endpoint(endpoint.path), socket);
  } else {
    Resolver resolver(socket.get_executor());
    auto [failed, found] =
        co_await resolver.async_resolve(endpoint.host, std::to_string(endpoint.port), kAwait);
    error = failed;
    for (const auto& entry : found) {
      error = co_await connect_one(entry.endpoint(), socket);
      if (!error || error == asio::error::operation_aborted) break;
    }
    error_code ignored;
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  if (!error) socket.non_blocking(true, error);
  co_return error;
}

}  // namespace

Awaitable<error_code> connect_to(const config::Endpoint& endpoint,
                                 std::shared_ptr<const TlsContext> tls, Stream& stream) {
  const error_code error = co_await connect_plain(endpoint, stream.socket());
  if (error || tls == nullptr) co_return error;
  co_return co_await stream.secure(std::move(tls));
}

}  // namespace bulkhead::upstream
