// The TLS of one connection: OpenSSL, reading from and writing to a non-blocking socket itself.
// Writing never stops half-way: what the socket does not take waits here, and counts as written.
// Owned by a Stream, touched by its worker's thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/config/tls.hpp"
#include "bulkhead/upstream/asio.hpp"

#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace bulkhead::upstream {

class TlsEngine {
 public:
  TlsEngine(ssl_ctx_st* context, int fd, bool server);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  // Whom the other side must be; see tls_names.hpp.
  bool expect(const std::string& name, bool verify);

  // Goes on with the handshake. would_block: when more can be read.
  error_code shake_hands();

  std::size_t read(char* to, std::size_t room, error_code& error);
  // would_block also when all bytes were taken and some of them wait for the socket.
  std::size_t write(std::string_view bytes, error_code& error);
  // Sends what waits for the socket. would_block: not all of it.
  error_code flush();
  bool flushed() const { return waiting_.empty(); }

  // Nothing can be read until the socket has more.
  bool dry() const { return dry_; }

  // Tells the other side that this is the end, as far as the socket takes it.
  void say_goodbye();

  // The names in the other side's certificate; none when there is no good one.
  std::vector<config::CertificateName> peer_names() const;

 private:
  struct Hooks;
  error_code why(int result);
  bool send_some(std::string_view& bytes);

  ssl_st* ssl_;
  int fd_;
  int failed_ = 0;      // the socket's last errno
  bool ended_ = false;  // the other side sends no more
  bool dry_ = false;
  bool broken_ = false;  // OpenSSL has given up
  Buffer waiting_;       // for the socket
};

}  // namespace bulkhead::upstream
