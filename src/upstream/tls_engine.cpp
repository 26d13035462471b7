#include "tls_engine.hpp"

#include "bulkhead/upstream/tls_error.hpp"
#include "bulkhead/upstream/tls_names.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

namespace bulkhead::upstream {
namespace {

constexpr std::size_t kRecord = 16 * 1024;
constexpr std::size_t kMostAtOnce = 1024 * 1024;  // fits OpenSSL's int
// Answers that the other side provokes without reading them: more than that is an attack.
constexpr std::size_t kMostWaiting = 64 * 1024;
constexpr std::size_t kKeptWaiting = 4 * 1024;

}  // namespace

// OpenSSL's way to the socket. Its own would raise SIGPIPE, and stop half-way through a record,
// which it then wants to be handed once more, although its owner may have taken those bytes back.
struct TlsEngine::Hooks {
  static TlsEngine& self(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* to, int room) {
    TlsEngine& me = self(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t n = recv(me.fd_, to, static_cast<std::size_t>(room), 0);
    if (n > 0) return static_cast<int>(n);
    if (n == 0) {
      me.ended_ = true;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      BIO_set_retry_read(bio);
    } else {
      me.failed_ = errno;
    }
    return n == 0 ? 0 : -1;
  }

  static int write(BIO* bio, const char* bytes, int length) {
    TlsEngine& me = self(bio);
    BIO_clear_retry_flags(bio);
    if (me.waiting_.size() > kMostWaiting) {
      me.failed_ = ENOBUFS;
      return -1;
    }
    std::string_view rest(bytes, static_cast<std::size_t>(length));
    if (me.waiting_.empty() && !me.send_some(rest)) return -1;
    me.waiting_.append(rest);
    return length;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    return command == BIO_CTRL_EOF && self(bio).ended_ ? 1 : 0;
  }

  // One for the whole program, as OpenSSL's own are.
  static const BIO_METHOD* method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* const made =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bulkhead socket");
      BIO_meth_set_read(made, &read);
      BIO_meth_set_write(made, &write);
      BIO_meth_set_ctrl(made, &control);
      return made;
    }();
    return method;
  }
};

TlsEngine::TlsEngine(SSL_CTX* context, int fd, bool server) : ssl_(SSL_new(context)), fd_(fd) {
  BIO* const bio = ssl_ == nullptr ? nullptr : BIO_new(Hooks::method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  server ? SSL_set_accept_state(ssl_) : SSL_set_connect_state(ssl_);
}

TlsEngine::~TlsEngine() {
  SSL_free(ssl_);
}

bool TlsEngine::expect(const std::string& name, bool verify) {
  return expect_name(ssl_, name, verify);
}

// Why OpenSSL did not do what it was asked to.
error_code TlsEngine::why(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      ERR_clear_error();
      if (failed_ != 0) return {failed_, boost::system::system_category()};
      return asio::error::eof;
    default:
      broken_ = true;
      return take_tls_error();
  }
}

error_code TlsEngine::shake_hands() {
  if (const error_code error = flush()) return error;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) return flush();
  const error_code error = why(result);
  if (error == asio::error::would_block) return error;
  const long verdict = SSL_get_verify_result(ssl_);
  return verdict != X509_V_OK ? certificate_error(verdict) : error;
}

std::size_t TlsEngine::read(char* to, std::size_t room, error_code& error) {
  std::size_t taken = 0;
  ERR_clear_error();
  while (taken < room) {
    const int n = SSL_read(ssl_, to + taken, static_cast<int>(std::min(room - taken, kMostAtOnce)));
    if (n <= 0) {
      error = why(n);
      break;
    }
    taken += static_cast<std::size_t>(n);
    // Most likely that was all. A full record has more behind it.
    if (static_cast<std::size_t>(n) < kRecord && SSL_has_pending(ssl_) == 0) break;
  }
  dry_ = error == asio::error::would_block;
  if (taken != 0) error = {};  // if it is more than that, the next read says so again
  return taken;
}

std::size_t TlsEngine::write(std::string_view bytes, error_code& error) {
  std::size_t taken = 0;
  ERR_clear_error();
  error = flush();
  while (!error && taken < bytes.size()) {
    const int n = SSL_write(ssl_, bytes.data() + taken,
                            static_cast<int>(std::min(bytes.size() - taken, kRecord)));
    if (n <= 0) {
      error = why(n);
      // It has nothing to read before it can write: renegotiation is off.
      if (error == asio::error::would_block) error = asio::error::fault;
      break;
    }
    taken += static_cast<std::size_t>(n);
    if (!waiting_.empty()) error = asio::error::would_block;
  }
  return taken;
}

// Takes off what the socket took. False when the socket has failed.
bool TlsEngine::send_some(std::string_view& bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    } else if (errno != EINTR) {
      failed_ = errno;
      return false;
    }
  }
  return true;
}

error_code TlsEngine::flush() {
  if (waiting_.empty()) return {};
  std::string_view rest = waiting_.view();
  const bool good = send_some(rest);
  waiting_.consume(waiting_.size() - rest.size());
  if (!good) return {failed_, boost::system::system_category()};
  if (!waiting_.empty()) return asio::error::would_block;
  waiting_.release_if_larger_than(kKeptWaiting);
  return {};
}

void TlsEngine::say_goodbye() {
  ERR_clear_error();
  if (!broken_ && SSL_is_init_finished(ssl_) != 0) SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::vector<config::CertificateName> TlsEngine::peer_names() const {
  return names_of_peer(ssl_);
}

}  // namespace bulkhead::upstream
