#include "bulkhead/resp/reply_scanner.hpp"

#include "catch.hpp"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <random>
#include <string>
#include <vector>

using bulkhead::resp::ReplyScanner;
using Status = ReplyScanner::Status;

namespace {

// Splits a stream into replies, handing it over in steps as a socket would.
std::vector<std::string> split(const std::string& stream, std::size_t step) {
  ReplyScanner scanner;
  std::vector<std::string> replies;
  std::string buffer, current;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    buffer += stream.substr(at, step);
    for (;;) {
      const std::size_t taken = scanner.scan(buffer);
      current += buffer.substr(0, taken);
      buffer.erase(0, taken);
      if (scanner.status() == Status::malformed) return {"malformed"};
      if (scanner.status() == Status::partial) break;
      replies.push_back(std::exchange(current, {}));
      scanner.reset();
    }
  }
  if (!buffer.empty() || !current.empty()) replies.push_back("unfinished: " + current + buffer);
  return replies;
}

const std::vector<std::string> kReplies = {
    "+OK\r\n",
    "-ERR no such \n thing\r\n",
    ":-42\r\n",
    "$-1\r\n",
    "*-1\r\n",
    "_\r\n",
    "#t\r\n",
    ",3.14\r\n",
    "(3492890328409238509324850943850943825024385\r\n",
    "$0\r\n\r\n",
    "$7\r\na\r\nb\r\nc\r\n",
    "=8\r\ntxt:some\r\n",
    "!9\r\nERR wrong\r\n",
    "*0\r\n",
    "*2\r\n*2\r\n$1\r\na\r\n*0\r\n:3\r\n",
    "%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n~1\r\n:7\r\n",
    "|1\r\n+ttl\r\n:3600\r\n$1\r\nx\r\n",
    "*1\r\n|1\r\n+k\r\n*2\r\n:1\r\n:2\r\n+v\r\n",
    ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n",
    "$20000\r\n" + std::string(20000, 'z') + "\r\n",
};

}  // namespace

TEST_CASE("every type of reply is framed, in one piece and in small ones") {
  std::string stream;
  for (const auto& reply : kReplies) stream += reply;
  for (std::size_t step : {stream.size(), std::size_t{1}, std::size_t{2}, std::size_t{3},
                           std::size_t{5}, std::size_t{1000}}) {
    CAPTURE(step);
    CHECK(split(stream, step) == kReplies);
  }
}

TEST_CASE("what is no RESP is malformed") {
  for (const std::string bytes :
       {"x\r\n", "$abc\r\n", "$-2\r\n", "*-2\r\n", "$\r\n", "*99999999999999999999\r\n", "%-1\r\n",
        "$3\r\nabcde", "$1\r\nabc\r\n", "?1\r\n", "$+1\r\na\r\n", "*9999999999\r\n"}) {
    CAPTURE(bytes);
    CHECK(split(bytes, bytes.size()) == std::vector<std::string>{"malformed"});
    CHECK(split(bytes, 1) == std::vector<std::string>{"malformed"});
  }
}

TEST_CASE("the end of a bulk string is looked at wherever it is cut") {
  for (const std::string bytes : {"$1\r\naX\n", "$1\r\na\rX", "$0\r\nX\n", "*1\r\n$2\r\nab\n\r"}) {
    CAPTURE(bytes);
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
      CHECK(split(bytes, step) == std::vector<std::string>{"malformed"});
    }
  }
}

TEST_CASE("a large bulk string passes before it is complete") {
  ReplyScanner scanner;
  const std::string begin = "$1000000\r\n" + std::string(1000, 'a');
  CHECK(scanner.scan(begin) == begin.size());
  CHECK(scanner.status() == Status::partial);
}

TEST_CASE("the scanner agrees with hiredis on random RESP2") {
  std::mt19937 random(7);
  auto reply = [&](auto& self, int depth) -> std::string {
    switch (random() % (depth > 3 ? 5u : 7u)) {
      case 0:
        return "+s" + std::to_string(random() % 1000) + "\r\n";
      case 1:
        return "-ERR e\r\n";
      case 2:
        return ":" + std::to_string(random()) + "\r\n";
      case 3:
        return "$-1\r\n";
      case 4: {
        const std::string body(random() % 40, "\r\n$*"[random() % 4]);
        return "$" + std::to_string(body.size()) + "\r\n" + body + "\r\n";
      }
      default: {
        const auto n = random() % 4;
        std::string out = "*" + std::to_string(n) + "\r\n";
        for (unsigned i = 0; i < n; ++i) out += self(self, depth + 1);
        return out;
      }
    }
  };
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = reply(reply, 0);
    REQUIRE(split(bytes, 1 + random() % bytes.size()) == std::vector<std::string>{bytes});
    redisReader* oracle = redisReaderCreate();
    void* parsed = nullptr;
    redisReaderFeed(oracle, bytes.data(), bytes.size());
    REQUIRE(redisReaderGetReply(oracle, &parsed) == REDIS_OK);
    REQUIRE(parsed != nullptr);
    freeReplyObject(parsed);
    redisReaderFree(oracle);
  }
}
