// The floor: the least a multiplexing Redis proxy can do on Asio. It carries the commands of many
// clients over one connection, puts a prefix in front of the first key, hands replies back in
// order, and does nothing else: no identity, no policy, no limits, no metrics, no word about
// mistakes. The distance from here to Bulkhead is what Bulkhead's work costs. One thread.
//
//   floor PORT REDIS_PORT
#include <boost/asio.hpp>

#include <charconv>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::string_view kPrefix = "acme:";
constexpr std::size_t kReadAtOnce = 64 * 1024;

// The number behind a type byte; `at` moves behind the line. False when it has not arrived whole.
bool read_line(std::string_view bytes, std::size_t& at, long long& number) {
  const std::size_t end = bytes.find('\n', at);
  if (end == std::string_view::npos) return false;
  std::from_chars(bytes.data() + at + 1, bytes.data() + end - 1, number);
  at = end + 1;
  return true;
}

// Moves `at` behind the reply that begins there. False when it has not arrived whole.
bool skip_reply(std::string_view bytes, std::size_t& at) {
  for (long long pending = 1, number = 0; pending != 0; --pending) {
    if (at >= bytes.size()) return false;
    const char type = bytes[at];
    if (!read_line(bytes, at, number)) return false;
    if (type == '$' && number >= 0) at += static_cast<std::size_t>(number) + 2;
    if (type == '*' && number > 0) pending += number;
    if (at > bytes.size()) return false;
  }
  return true;
}

struct Proxy;

// A socket with bytes in both directions; what is written in one turn leaves at its end.
struct Link : std::enable_shared_from_this<Link> {
  Link(Proxy& owner, tcp::socket connected) : proxy(owner), socket(std::move(connected)) {
    socket.non_blocking(true);
    socket.set_option(tcp::no_delay(true));
  }
  virtual ~Link() = default;
  // Takes whole messages from the front of `in` and returns how many bytes they were.
  virtual std::size_t take(std::string_view in) = 0;

  void read() {
    if (buffer.size() < filled + kReadAtOnce) buffer.resize((filled + kReadAtOnce) * 2);
    socket.async_read_some(
        asio::buffer(buffer.data() + filled, buffer.size() - filled),
        [self = shared_from_this()](error_code error, std::size_t n) {
          if (error) return self->end();
          self->filled += n;
          const std::size_t used = self->take({self->buffer.data(), self->filled});
          self->filled -= used;
          std::memmove(self->buffer.data(), self->buffer.data() + used, self->filled);
          self->read();
        });
  }
  void end() {
    error_code ignored;
    socket.close(ignored);
  }
  void write(std::string_view bytes);
  void flush();

  Proxy& proxy;
  tcp::socket socket;
  std::vector<char> buffer;
  std::size_t filled = 0;
  std::string out;
  std::size_t sent = 0;
  bool dirty = false;
  bool full = false;
};

struct Client final : Link {
  using Link::Link;
  std::size_t take(std::string_view in) override;
};

struct Upstream final : Link {
  using Link::Link;
  std::size_t take(std::string_view in) override;
  std::deque<std::shared_ptr<Client>> waiting;
};

struct Proxy {
  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  std::shared_ptr<Upstream> upstream;
  std::vector<std::shared_ptr<Link>> dirty, flushing;
};

void Link::write(std::string_view bytes) {
  out.append(bytes);
  if (std::exchange(dirty, true)) return;
  if (proxy.dirty.empty()) {
    asio::post(proxy.io, [&p = proxy] {
      p.flushing.swap(p.dirty);
      for (auto& link : p.flushing) link->flush();
      p.flushing.clear();
    });
  }
  proxy.dirty.push_back(shared_from_this());
}

void Link::flush() {
  dirty = false;
  if (full) return;
  error_code error;
  while (sent < out.size() && !error) {
    sent += socket.write_some(asio::buffer(out.data() + sent, out.size() - sent), error);
  }
  if (!error) {
    out.clear();
    sent = 0;
  } else if (error == asio::error::would_block) {
    full = true;
    socket.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code) {
      self->full = false;
      self->flush();
    });
  }
}

std::size_t Client::take(std::string_view in) {
  std::size_t done = 0;
  for (std::size_t at = 0; at < in.size(); done = at) {
    long long args = 0, length = 0;
    if (!read_line(in, at, args)) break;
    std::size_t key = 0, key_header = 0;
    long long key_length = 0;
    for (long long i = 0; i < args; ++i) {
      if (i == 1) key_header = at;
      if (at >= in.size() || !read_line(in, at, length)) return done;
      if (i == 1) key = at, key_length = length;
      at += static_cast<std::size_t>(length) + 2;
      if (at > in.size()) return done;
    }
    if (key == 0) {
      proxy.upstream->write(in.substr(done, at - done));
    } else {
      char digits[24] = "$";
      char* end = std::to_chars(digits + 1, digits + 22,
                                key_length + static_cast<long long>(kPrefix.size()))
                      .ptr;
      *end++ = '\r', *end++ = '\n';
      proxy.upstream->write(in.substr(done, key_header - done));
      proxy.upstream->write({digits, static_cast<std::size_t>(end - digits)});
      proxy.upstream->write(kPrefix);
      proxy.upstream->write(in.substr(key, at - key));
    }
    proxy.upstream->waiting.push_back(std::static_pointer_cast<Client>(shared_from_this()));
  }
  return done;
}

std::size_t Upstream::take(std::string_view in) {
  std::size_t done = 0;
  for (std::size_t at = 0; at < in.size() && skip_reply(in, at); done = at) {
    waiting.front()->write(in.substr(done, at - done));
    waiting.pop_front();
  }
  return done;
}

void accept(Proxy& proxy, tcp::acceptor& acceptor) {
  acceptor.async_accept([&](error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Client>(proxy, std::move(socket))->read();
    accept(proxy, acceptor);
  });
}

tcp::endpoint local(const char* port) {
  return {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::atoi(port))};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: floor PORT REDIS_PORT\n", 2;
  Proxy proxy;
  tcp::socket upstream(proxy.io);
  upstream.connect(local(argv[2]));
  proxy.upstream = std::make_shared<Upstream>(proxy, std::move(upstream));
  proxy.upstream->read();
  tcp::acceptor acceptor(proxy.io, local(argv[1]));
  accept(proxy, acceptor);
  proxy.io.run();
}
