// A connection as sessions, lanes and control connections use it: non-blocking, and read and
// written by its owner alone. Owned by one of them, touched by its worker's thread only.
#pragma once

#include "bulkhead/upstream/asio.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

namespace bulkhead::upstream {

class Stream {
 public:
  explicit Stream(Executor executor) : socket_(executor) {}
  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  // For connecting and for options; its bytes go through the stream.
  Socket& socket() { return socket_; }
  bool is_open() const { return socket_.is_open(); }
  void close();
  // Ends the waits that are under way.
  void cancel();

  std::size_t read_some(asio::mutable_buffer to, error_code& error) {
    return socket_.read_some(to, error);
  }
  // How many of the bytes were taken. With would_block, async_wait(wait_write) tells when to go on.
  std::size_t write_some(std::string_view bytes, error_code& error) {
    return socket_.write_some(asio::buffer(bytes), error);
  }

  // void(error_code, std::size_t): some bytes have been read. `this` stays until then.
  template <class Token>
  auto async_read_some(asio::mutable_buffer to, Token&& token) {
    return socket_.async_read_some(to, std::forward<Token>(token));
  }
  // void(error_code): it is worthwhile to read or write.
  template <class Token>
  auto async_wait(Socket::wait_type what, Token&& token) {
    return socket_.async_wait(what, std::forward<Token>(token));
  }

 private:
  Socket socket_;
};

// Until all bytes have been taken, or it fails.
Awaitable<error_code> write_all(Stream& stream, std::string_view bytes);

}  // namespace bulkhead::upstream
