// A steady load: so many requests per second over many connections, each at its own time whether or
// not earlier ones were answered. Latency counts from when a request was due, so that a server that
// stalls cannot hide what waited (Gil Tene calls the other thing coordinated omission). One thread.
//
//   pace PORT CONNECTIONS RATE SECONDS [USER PASSWORD]
#include <boost/asio.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

namespace {

std::vector<double> waits;  // milliseconds

// A connection; replies are bulk strings of the value that main() has written, or the null.
struct Connection {
  explicit Connection(asio::io_context& io) : socket(io) {}

  void ask(const std::string& request) {
    asio::write(socket, asio::buffer(request));
    std::size_t n = socket.read_some(asio::buffer(buffer));
    if (buffer[0] != '+' || buffer[n - 1] != '\n') std::exit(1);
  }
  void read() {
    socket.async_read_some(
        asio::buffer(buffer), [this](boost::system::error_code error, std::size_t n) {
          if (error) return;
          const auto now = Clock::now();
          bytes += n;
          for (; bytes >= reply_size && !due.empty(); bytes -= reply_size, due.pop_front()) {
            waits.push_back(std::chrono::duration<double, std::milli>(now - due.front()).count());
          }
          read();
        });
  }

  tcp::socket socket;
  std::deque<Clock::time_point> due;
  std::size_t bytes = 0;
  static std::size_t reply_size;
  std::array<char, 4096> buffer;
};
std::size_t Connection::reply_size = 0;

std::string command(std::initializer_list<std::string> words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words) text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

double percentile(double share) {
  return waits[std::min(waits.size() - 1,
                        static_cast<std::size_t>(share * static_cast<double>(waits.size())))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 7)
    return std::fputs("usage: pace PORT CONNECTIONS RATE SECONDS [USER PASSWORD]\n", stderr), 2;
  asio::io_context io(1);
  const tcp::endpoint server(asio::ip::address_v4::loopback(),
                             static_cast<unsigned short>(std::atoi(argv[1])));
  std::vector<std::unique_ptr<Connection>> connections;
  const std::string value(64, 'x'), get = command({"GET", "pace"});
  Connection::reply_size = 5 + value.size() + 2;
  for (int i = 0; i < std::atoi(argv[2]); ++i) {
    auto& one = *connections.emplace_back(std::make_unique<Connection>(io));
    one.socket.connect(server);
    one.socket.set_option(tcp::no_delay(true));
    if (argc == 7) one.ask(command({"AUTH", argv[5], argv[6]}));
    if (i == 0) one.ask(command({"SET", "pace", value}));
    one.read();
  }
  const double rate = std::atof(argv[3]);
  const auto total = static_cast<std::size_t>(rate * std::atof(argv[4]));
  waits.reserve(total);
  const auto begin = Clock::now();
  for (std::size_t sent = 0; waits.size() < total; io.poll()) {
    const std::chrono::duration<double> passed = Clock::now() - begin;
    for (; sent < total && static_cast<double>(sent) <= passed.count() * rate; ++sent) {
      Connection& one = *connections[sent * 7919 % connections.size()];
      one.due.push_back(begin +
                        std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(static_cast<double>(sent) / rate)));
      asio::write(one.socket, asio::buffer(get));
    }
    if (passed.count() > std::atof(argv[4]) + 20) return std::fputs("too slow\n", stderr), 1;
  }
  std::sort(waits.begin(), waits.end());
  std::printf("{\"p50\": %.3f, \"p99\": %.3f, \"p999\": %.3f}\n", percentile(0.5), percentile(0.99),
              percentile(0.999));
}
