#include "bulkhead/resp/request_reader.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

using namespace bulkhead;
using resp::RequestReader;
using Progress = RequestReader::Progress;

namespace {

constexpr resp::RequestLimits kLimits{1024 * 1024, 1024 * 1024, 64 * 1024 * 1024, true};

std::vector<std::string> words(const resp::Args& args) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < args.size(); ++i) out.emplace_back(args[i]);
  return out;
}

// Feeds all bytes at once and returns the commands, or the refusal as the last entry.
std::vector<std::vector<std::string>> read_all(std::string_view bytes, std::size_t step,
                                               const resp::RequestLimits& limits = kLimits) {
  RequestReader reader;
  std::vector<std::vector<std::string>> commands;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.input().append(bytes.substr(at, step));
    for (;;) {
      const Progress progress = reader.next(limits);
      if (progress == Progress::incomplete) break;
      if (progress == Progress::malformed) {
        commands.push_back({"refused: " + reader.refusal().sentence});
        return commands;
      }
      commands.push_back(words(reader.args()));
      reader.drop();
    }
  }
  return commands;
}

std::string refused(std::string_view bytes, const resp::RequestLimits& limits = kLimits) {
  const auto commands = read_all(bytes, bytes.size(), limits);
  REQUIRE_FALSE(commands.empty());
  return commands.back().front();
}

std::string request(const std::vector<std::string>& parts) {
  std::string out = "*" + std::to_string(parts.size()) + "\r\n";
  for (const auto& part : parts) out += "$" + std::to_string(part.size()) + "\r\n" + part + "\r\n";
  return out;
}

}  // namespace

TEST_CASE("a request is the same in one piece and byte by byte") {
  const std::string large(5000, 'x');
  const std::string bytes = request({"SET", "key", large}) + "PING\r\n" + request({"GET", ""}) +
                            "*0\r\n*-1\r\n\r\n" + request({"ECHO", std::string("a\0\r\nb", 5)});
  const std::vector<std::vector<std::string>> expected = {
      {"SET", "key", large}, {"PING"}, {"GET", ""}, {"ECHO", std::string("a\0\r\nb", 5)}};
  for (std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{2}, std::size_t{7},
                           std::size_t{1024}, std::size_t{1500}}) {
    CAPTURE(step);
    CHECK(read_all(bytes, step) == expected);
  }
}

TEST_CASE("a thousand pipelined requests come out in order") {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += request({"SET", "k" + std::to_string(i), "v"});
  const auto commands = read_all(bytes, bytes.size());
  REQUIRE(commands.size() == 1000);
  CHECK(commands[999][1] == "k999");
}

TEST_CASE("a command stays until it is dropped") {
  RequestReader reader;
  reader.input().append(request({"PING"}) + request({"TIME"}));
  REQUIRE(reader.next(kLimits) == Progress::complete);
  REQUIRE(reader.next(kLimits) == Progress::complete);
  CHECK(words(reader.args()) == std::vector<std::string>{"PING"});
  reader.input().append(std::string(100000, ' '));
  reader.drop();
  REQUIRE(reader.next(kLimits) == Progress::complete);
  CHECK(words(reader.args()) == std::vector<std::string>{"TIME"});
}

TEST_CASE("malformed requests are refused in Redis' words") {
  CHECK(refused("*3000000000\r\n") == "refused: ERR Protocol error: invalid multibulk length");
  CHECK(refused("*abc\r\n") == "refused: ERR Protocol error: invalid multibulk length");
  CHECK(refused("*99999999999999999999999\r\n") ==
        "refused: ERR Protocol error: invalid multibulk length");
  CHECK(refused("*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n") ==
        "refused: ERR Protocol error: expected '$', got 'f'");
  CHECK(refused("*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-10\r\n") ==
        "refused: ERR Protocol error: invalid bulk length");
  CHECK(refused("*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-1\r\n") ==
        "refused: ERR Protocol error: invalid bulk length");
  CHECK(refused("*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$2000000000\r\n") ==
        "refused: ERR Protocol error: invalid bulk length");
  CHECK(refused("*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$blabla\r\n") ==
        "refused: ERR Protocol error: invalid bulk length");
  CHECK(refused("*1\r\nfoo\r\n") == "refused: ERR Protocol error: expected '$', got 'f'");
  CHECK(refused("*1\r\n:12\r\n") == "refused: ERR Protocol error: expected '$', got ':'");
  CHECK(refused("*1\r\n+x\r\n") == "refused: ERR Protocol error: expected '$', got '+'");
  CHECK(refused("*1\r\n*1\r\n$1\r\nx\r\n") == "refused: ERR Protocol error: expected '$', got '*'");
  CHECK(refused("*1\r\n$4\r\nPINGxx") ==
        "refused: ERR Protocol error: expected CRLF after a bulk string");
  CHECK(refused("set \"\"\"test-key\"\"\" test-value\r\n") ==
        "refused: ERR Protocol error: unbalanced quotes in request");
}

TEST_CASE("lines that never end are refused, not stored") {
  const std::string long_line(70 * 1024, 'x');
  CHECK(refused(long_line) == "refused: ERR Protocol error: too big inline request");
  CHECK(refused("*" + long_line) == "refused: ERR Protocol error: too big mbulk count string");
  CHECK(refused("*1\r\n$" + long_line) == "refused: ERR Protocol error: too big bulk count string");
}

TEST_CASE("before AUTH a request is small") {
  const auto limits = resp::RequestLimits::before_auth();
  CHECK(refused("*11\r\n", limits) ==
        "refused: ERR Protocol error: unauthenticated multibulk length");
  CHECK(refused("*1\r\n$16385\r\n", limits) ==
        "refused: ERR Protocol error: unauthenticated bulk length");
  CHECK(refused("*1\r\n$16385\r\n" + std::string(16385, 'x') + "\r\n", limits) ==
        "refused: ERR Protocol error: unauthenticated bulk length");
}

TEST_CASE("a claimed length reserves no memory") {
  RequestReader reader;
  reader.input().append("*1000000\r\n$1000000\r\n");
  CHECK(reader.next(kLimits) == Progress::incomplete);
  CHECK(reader.input().capacity() < 4096);
  CHECK(reader.missing() == 1000002);
}

TEST_CASE("a refused reader may be destroyed") {
  for (const std::string& bytes : {std::string("*1\r\n$-5\r\n"), std::string("*1\r\nx"),
                                   "*2\r\n$2000\r\n" + std::string(2000, 'y') + "\r\n!"}) {
    RequestReader reader;
    reader.input().append(bytes);
    CHECK(reader.next(kLimits) == Progress::malformed);
    CHECK(reader.input().empty());
  }
}

TEST_CASE("what stands in the place of an argument is named however the bytes are cut") {
  const std::vector<std::pair<std::string, char>> cases = {{"*1\r\n*1\r\n$4\r\nPING\r\n", '*'},
                                                           {"*1\r\n*1\r4,\r*\n\n1\r\n", '*'},
                                                           {"*1\r\n*-1\r\n", '*'},
                                                           {"*1\r\n:\nP\r\n", ':'},
                                                           {"*1\r\n:1\r\n", ':'},
                                                           {"*1\r\n+OK\r\n", '+'}};
  for (const auto& [bytes, byte] : cases) {
    CAPTURE(bytes);
    const std::vector<std::vector<std::string>> expected = {
        {std::string("refused: ERR Protocol error: expected '$', got '") + byte + "'"}};
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
      CAPTURE(step);
      CHECK(read_all(bytes, step) == expected);
    }
  }
}
