#include "bulkhead/upstream/stream.hpp"

#include "bulkhead/upstream/tls_context.hpp"
#include "tls_engine.hpp"

namespace bulkhead::upstream {

Stream::Stream(Executor executor) : socket_(executor) {}

Stream::Stream(Socket socket) : socket_(std::move(socket)) {}

Stream::Stream(Stream&& other) noexcept = default;

Stream::~Stream() = default;

void Stream::close() {
  if (tls_ != nullptr) {
    tls_->say_goodbye();
    tls_.reset();
  }
  error_code ignored;
  socket_.close(ignored);
}

void Stream::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

Awaitable<error_code> Stream::secure(std::shared_ptr<const TlsContext> context) {
  tls_ = context->engine(socket_.native_handle());
  if (tls_ == nullptr) co_return asio::error::invalid_argument;
  for (;;) {
    const error_code error = tls_->shake_hands();
    if (error != asio::error::would_block) co_return error;
    const auto what = tls_->flushed() ? Socket::wait_read : Socket::wait_write;
    auto [failed] = co_await socket_.async_wait(what, kAwait);
    if (failed) co_return failed;
    if (tls_ == nullptr) co_return asio::error::operation_aborted;  // closed meanwhile
  }
}

std::vector<config::CertificateName> Stream::peer_names() const {
  if (tls_ == nullptr) return {};
  return tls_->peer_names();
}

std::size_t Stream::read_tls(asio::mutable_buffer to, error_code& error) {
  return tls_->read(static_cast<char*>(to.data()), to.size(), error);
}

std::size_t Stream::write_tls(std::string_view bytes, error_code& error) {
  return tls_->write(bytes, error);
}

bool Stream::must_wait(Socket::wait_type what, bool waited, error_code& error) {
  if (tls_ == nullptr) {  // closed meanwhile
    error = asio::error::operation_aborted;
    return false;
  }
  if (what == Socket::wait_read) return !waited && tls_->dry();
  error = tls_->flush();
  if (error != asio::error::would_block) return false;
  error = {};
  return true;
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
