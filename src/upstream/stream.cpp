#include "bulkhead/upstream/stream.hpp"

namespace bulkhead::upstream {

void Stream::close() {
  error_code ignored;
  socket_.close(ignored);
}

void Stream::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

Awaitable<error_code> write_all(Stream& stream, std::string_view bytes) {
  for (;;) {
    error_code error;
    bytes.remove_prefix(stream.write_some(bytes, error));
    if (error == asio::error::would_block || error == asio::error::try_again) {
      auto [failed] = co_await stream.async_wait(Socket::wait_write, kAwait);
      error = failed;
    }
    if (error || bytes.empty()) co_return error;
  }
}

}  // namespace bulkhead::upstream
