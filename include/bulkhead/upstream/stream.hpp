// A connection as sessions, lanes and control connections use it: non-blocking, plain or inside
// TLS, and read and written by its owner alone. A plain one costs a look at a null pointer. Owned
// by one of them, touched by its worker's thread only.
#pragma once

#include "bulkhead/config/tls.hpp"
#include "bulkhead/upstream/asio.hpp"

#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead::upstream {

class TlsContext;
class TlsEngine;

class Stream {
 public:
  explicit Stream(Executor executor);
  explicit Stream(Socket socket);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) = delete;
  ~Stream();

  // For connecting and for options; its bytes go through the stream.
  Socket& socket() { return socket_; }
  bool is_open() const { return socket_.is_open(); }
  // Inside TLS, the other side is told first that this is the end.
  void close();
  // Ends the waits that are under way.
  void cancel();

  // Shakes hands over the socket, which is connected. All that follows is inside TLS.
  Awaitable<error_code> secure(std::shared_ptr<const TlsContext> context);
  // The names in the other side's certificate; none without a good one.
  std::vector<config::CertificateName> peer_names() const;

  std::size_t read_some(asio::mutable_buffer to, error_code& error) {
    if (tls_ == nullptr) [[likely]]
      return socket_.read_some(to, error);
    return read_tls(to, error);
  }
  // How many of the bytes were taken. With would_block, and that may be with all of them,
  // async_wait(wait_write) must be called: it ends when more can be taken.
  std::size_t write_some(std::string_view bytes, error_code& error) {
    if (tls_ == nullptr) [[likely]]
      return socket_.write_some(asio::buffer(bytes), error);
    return write_tls(bytes, error);
  }

  // void(error_code, std::size_t): some bytes have been read. `this` stays until then.
  template <class Token>
  auto async_read_some(asio::mutable_buffer to, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, asio::mutable_buffer into) {
          if (tls_ == nullptr) [[likely]] {
            socket_.async_read_some(into, std::move(handler));
          } else {
            asio::async_compose<decltype(handler), void(error_code, std::size_t)>(
                ReadTls{*this, into}, handler, socket_);
          }
        },
        token, to);
  }
  // void(error_code): it is worthwhile to read or write.
  template <class Token>
  auto async_wait(Socket::wait_type what, Token&& token) {
    return asio::async_initiate<Token, void(error_code)>(
        [this](auto handler, Socket::wait_type for_what) {
          if (tls_ == nullptr) [[likely]] {
            socket_.async_wait(for_what, std::move(handler));
          } else {
            asio::async_compose<decltype(handler), void(error_code)>(WaitTls{*this, for_what},
                                                                     handler, socket_);
          }
        },
        token, what);
  }

 private:
  // Reads what TLS holds already, else what comes.
  struct ReadTls {
    Stream& stream;
    asio::mutable_buffer to;
    std::size_t taken = 0;
    enum { begun, waiting, done } state = begun;
    error_code outcome{};

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      if (state == done) return self.complete(outcome, taken);
      if (!error) taken = stream.read_some(to, error);
      Stream& from = stream;
      if (error == asio::error::would_block) {
        state = waiting;
        return from.socket_.async_wait(Socket::wait_read, std::move(self));
      }
      if (state == waiting) return self.complete(error, taken);
      state = done;  // not at once: others have their turn
      outcome = error;
      asio::post(from.socket_.get_executor(), std::move(self));
    }
  };

  // What the socket is ready for is not what TLS is: it may hold bytes for either side.
  struct WaitTls {
    Stream& stream;
    Socket::wait_type what;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      if (error) return self.complete(error);
      Stream& on = stream;
      const bool ready = !on.must_wait(what, begun, error);
      if (!begun && (ready || error)) {
        begun = true;
        return asio::post(on.socket_.get_executor(), std::move(self));
      }
      begun = true;
      if (ready || error) return self.complete(error);
      on.socket_.async_wait(what, std::move(self));
    }
  };

  std::size_t read_tls(asio::mutable_buffer to, error_code& error);
  std::size_t write_tls(std::string_view bytes, error_code& error);
  // Whether only the socket can bring what is waited for. Has it been waited for already?
  bool must_wait(Socket::wait_type what, bool waited, error_code& error);

  Socket socket_;
  std::unique_ptr<TlsEngine> tls_;  // null: plain
};

// Until all bytes have been taken, or it fails.
Awaitable<error_code> write_all(Stream& stream, std::string_view bytes);

}  // namespace bulkhead::upstream
