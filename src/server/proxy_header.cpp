#include "proxy_header.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace bulkhead::server {
namespace {

// Ends what the socket waits for, once the time is over.
class Deadline {
 public:
  Deadline(Socket& socket, Milliseconds timeout)
      : timer_(socket.get_executor(), timeout), state_(std::make_shared<State>(State{&socket})) {
    timer_.async_wait([state = state_](error_code error) {
      // The timer may be over while what it watches is, too: then the socket belongs to others.
      if (error || state->socket == nullptr) return;
      state->late = true;
      error_code ignored;
      state->socket->cancel(ignored);
    });
  }
  ~Deadline() { state_->socket = nullptr; }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool late() const { return state_->late; }

 private:
  struct State {
    Socket* socket;
    bool late = false;
  };
  Timer timer_;
  std::shared_ptr<State> state_;
};

}  // namespace

Awaitable<std::variant<resp::ProxyHeader, std::string>> read_proxy_header(Socket& socket,
                                                                          Milliseconds timeout) {
  using Progress = resp::ProxyHeaderReader::Progress;
  const Deadline deadline(socket, timeout);
  resp::ProxyHeaderReader reader;
  std::array<char, 512> bytes;
  for (;;) {
    const std::size_t most = std::min(bytes.size(), reader.wanted());
    auto [error, n] = co_await socket.async_read_some(asio::buffer(bytes.data(), most), kAwait);
    if (deadline.late()) co_return "sends no PROXY header in time";
    if (error) co_return "ends before its PROXY header does";
    const Progress progress = reader.take({bytes.data(), n});
    if (progress == Progress::malformed) co_return std::string(reader.problem());
    if (progress == Progress::complete) co_return reader.header();
  }
}

}  // namespace bulkhead::server
