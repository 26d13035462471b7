#include "bulkhead/session/reply_queue.hpp"

#include "bulkhead/base/glob.hpp"
#include "bulkhead/command/table.hpp"
#include "catch.hpp"

#include <random>

using namespace bulkhead;
using session::ReplyQueue;
using session::Ticket;
using Outcome = ReplyQueue::Outcome;

namespace {

constexpr auto kWithheld =
    "-ERR reply withheld: it holds a name that does not belong to this tenant\r\n";

struct Stage {
  Stage() { tenant.prefixes.push_back({"acme:", "acme:"}); }

  Ticket open(std::string_view command, bool silent = false) {
    return queue.open(command::find_row(command), &counters, started, silent);
  }
  Outcome deliver(Ticket ticket, std::string_view bytes, bool last = true) {
    return queue.deliver(ticket, bytes, last, tenant, started + std::chrono::milliseconds(1));
  }
  Outcome answer(Ticket ticket, std::string_view bytes) {
    return queue.answer(ticket, bytes, &tenant, started);
  }
  std::string sent() {
    std::string text(queue.output().view());
    queue.output().clear();
    return text;
  }

  tenant::Tenant tenant;
  metrics::FeatureCounters counters;
  Instant started = Clock::now();
  ReplyQueue queue;
};

}  // namespace

TEST_CASE("replies leave in the order of their requests, whenever they come") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("get"), c = stage.open("get");
  stage.deliver(c, "+c\r\n");
  stage.deliver(b, "+b\r\n");
  CHECK(stage.sent().empty());
  CHECK(stage.queue.held() == 8);
  stage.deliver(a, "+a\r\n");
  CHECK(stage.sent() == "+a\r\n+b\r\n+c\r\n");
  CHECK(stage.queue.empty());
  CHECK(stage.queue.held() == 0);
}

TEST_CASE("any order of pieces gives the same output") {
  std::mt19937 random(9);
  for (int round = 0; round < 200; ++round) {
    Stage stage;
    std::vector<Ticket> tickets;
    std::vector<std::string> left;
    std::string expected;
    for (int i = 0; i < 8; ++i) {
      tickets.push_back(stage.open("get"));
      left.push_back("$3\r\nv" + std::to_string(10 + i) + "\r\n");
      expected += left.back();
    }
    for (std::size_t open = left.size(); open != 0;) {
      const std::size_t i = random() % left.size();
      if (left[i].empty()) continue;
      const std::size_t n = 1 + random() % left[i].size();
      const std::string piece = left[i].substr(0, n);
      left[i].erase(0, n);
      if (left[i].empty()) --open;
      REQUIRE(stage.deliver(tickets[i], piece, left[i].empty()) == Outcome::ok);
    }
    REQUIRE(stage.sent() == expected);
    REQUIRE(stage.queue.empty());
    REQUIRE(stage.queue.held() == 0);
  }
}

TEST_CASE("the reply in front streams through, piece by piece") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("get");
  CHECK_FALSE(stage.queue.begun(a));
  stage.deliver(a, "$10\r\n01234", false);
  CHECK(stage.sent() == "$10\r\n01234");
  CHECK(stage.queue.begun(a));
  stage.deliver(b, "+b\r\n");
  CHECK(stage.sent().empty());
  CHECK_FALSE(stage.queue.begun(b));
  stage.deliver(a, "56789\r\n");
  CHECK(stage.sent() == "56789\r\n+b\r\n");
}

TEST_CASE("a part that was held goes on streaming when it comes to the front") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("get");
  stage.deliver(b, "$4\r\nab", false);
  stage.deliver(a, "+a\r\n");
  CHECK(stage.sent() == "+a\r\n$4\r\nab");
  stage.deliver(b, "cd\r\n");
  CHECK(stage.sent() == "cd\r\n");
}

TEST_CASE("answers of the proxy's own take their turn and are not rewritten") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("ping"), c = stage.open("get");
  stage.answer(b, "$8\r\nglobex:k\r\n");
  stage.deliver(c, "+c\r\n");
  CHECK(stage.sent().empty());
  stage.deliver(a, "+a\r\n");
  CHECK(stage.sent() == "+a\r\n$8\r\nglobex:k\r\n+c\r\n");
}

TEST_CASE("silent replies are swallowed in their turn") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("get", true), c = stage.open("ping", true),
               d = stage.open("get");
  stage.deliver(d, "+d\r\n");
  stage.deliver(b, "+b\r\n");
  stage.answer(c, "+PONG\r\n");
  stage.deliver(a, "+a\r\n");
  CHECK(stage.sent() == "+a\r\n+d\r\n");
  CHECK(stage.queue.empty());
}

TEST_CASE("replies are rewritten by their rows' rules, also when they were held") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("lmpop"), c = stage.open("xgroup|create");
  stage.deliver(b, "*2\r\n$6\r\nacme:l\r\n*1\r\n$1\r\nv\r\n");
  stage.deliver(c, "-NOGROUP No such key 'acme:s'\r\n");
  stage.deliver(a, "$6\r\nacme:k\r\n");
  CHECK(stage.sent() ==
        "$6\r\nacme:k\r\n*2\r\n$1\r\nl\r\n*1\r\n$1\r\nv\r\n-NOGROUP No such key 's'\r\n");
}

TEST_CASE("a foreign name withholds the reply when nothing of it has left, and the rest of it") {
  Stage stage;
  const Ticket a = stage.open("lmpop"), b = stage.open("get");
  CHECK(stage.deliver(a, "*2\r\n$8\r\nglobex:l\r\n*1\r\n", false) == Outcome::withheld);
  CHECK(stage.sent() == kWithheld);
  CHECK(stage.deliver(a, "$1\r\nv\r\n") == Outcome::ok);
  CHECK(stage.sent().empty());
  stage.deliver(b, "+b\r\n");
  CHECK(stage.sent() == "+b\r\n");
}

TEST_CASE("a foreign name in a reply that was held is reported when it would leave") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("lmpop");
  CHECK(stage.deliver(b, "*2\r\n$8\r\nglobex:l\r\n*1\r\n$1\r\nv\r\n") == Outcome::ok);
  CHECK(stage.deliver(a, "+a\r\n") == Outcome::withheld);
  std::string expected = "+a\r\n";
  expected += kWithheld;
  CHECK(stage.sent() == expected);
}

TEST_CASE("a foreign name behind what has left breaks the connection, and no more leaves") {
  Stage stage;
  const Ticket a = stage.open("xread");
  const std::string head = "*2\r\n*2\r\n$6\r\nacme:s\r\n*0\r\n";
  CHECK(stage.deliver(a, head, false) == Outcome::ok);
  CHECK(stage.sent() == "*2\r\n*2\r\n$1\r\ns\r\n*0\r\n");
  CHECK(stage.deliver(a, "*2\r\n$8\r\nglobex:s\r\n", false) == Outcome::broken);
  CHECK(stage.deliver(a, "*0\r\n") == Outcome::ok);
  CHECK(stage.sent().empty());
}

TEST_CASE("hits, misses, errors, bytes and durations are counted") {
  Stage stage;
  stage.deliver(stage.open("get"), "$1\r\nv\r\n");
  stage.deliver(stage.open("get"), "$-1\r\n");
  stage.deliver(stage.open("get"), "_\r\n");
  stage.deliver(stage.open("get"), "-WRONGTYPE no\r\n");
  stage.deliver(stage.open("set"), "$-1\r\n");
  stage.answer(stage.open("ping"), "+PONG\r\n");
  CHECK(stage.counters.hits.value() == 1);
  CHECK(stage.counters.misses.value() == 2);
  CHECK(stage.counters.errors.value() == 1);
  CHECK(stage.counters.sent_bytes.value() == stage.queue.output().size());
  CHECK(stage.counters.duration.bucket(0) == 1);  // the ping's
  CHECK(stage.counters.duration.bucket(4) == 5);  // a millisecond each
}

TEST_CASE("a reply without counters is passed on all the same") {
  Stage stage;
  const Ticket a = stage.queue.open(command::find_row("get"), nullptr, stage.started, false);
  stage.deliver(a, "-ERR 'acme:k'\r\n");
  CHECK(stage.sent() == "-ERR 'k'\r\n");
}

TEST_CASE("a reply that is lost while a part of it is held is answered with the error alone") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("get");
  stage.deliver(b, "$10\r\nab", false);
  stage.answer(b, "-BACKENDDOWN\r\n");
  CHECK(stage.queue.held() == 14);
  stage.deliver(a, "+a\r\n");
  CHECK(stage.sent() == "+a\r\n-BACKENDDOWN\r\n");
  CHECK(stage.queue.held() == 0);
}

TEST_CASE("tickets go on counting after everything was given up") {
  Stage stage;
  stage.open("get");
  const Ticket b = stage.open("get");
  stage.deliver(b, "+b\r\n");
  stage.queue.release();
  CHECK(stage.queue.empty());
  CHECK(stage.queue.held() == 0);
  const Ticket c = stage.open("get");
  CHECK(c == b + 1);
  stage.deliver(c, "+c\r\n");
  CHECK(stage.sent() == "+c\r\n");
}

TEST_CASE("calls, failures and errors are counted for the tenant; what is no call is not") {
  Stage stage;
  metrics::TenantCounters tenant(1024);
  stage.deliver(stage.open("get"), "$-1\r\n");  // nobody's yet
  stage.queue.count_for(&tenant);
  stage.deliver(stage.open("get"), "$-1\r\n");
  stage.deliver(stage.open("get"), "-WRONGTYPE x\r\n");
  stage.answer(stage.open("ping"), "-ERR x\r\n");
  stage.answer(stage.queue.open(nullptr, nullptr, stage.started, false), "-NOPERM x\r\n");
  const auto of = [&](std::string_view name) -> const metrics::CommandCounters& {
    return *tenant.commands.peek(command::index_of(*command::find_row(name)));
  };
  CHECK(of("get").calls.value() == 2);
  CHECK(of("get").failed.value() == 1);
  CHECK(of("get").microseconds.value() == 2000);
  CHECK(of("ping").calls.value() == 1);
  CHECK(of("ping").failed.value() == 1);
  std::string codes;
  tenant.errors.peek(0)->each([&](std::string_view code, std::uint64_t) { codes += code; });
  CHECK(codes == "WRONGTYPEERRNOPERM");
}

TEST_CASE("what is pushed goes between replies and not into one") {
  Stage stage;
  const Ticket a = stage.open("get"), b = stage.open("get");
  stage.queue.push("+pushed 1\r\n");
  CHECK(stage.sent() == "+pushed 1\r\n");
  stage.deliver(a, "$4\r\nab", false);
  stage.queue.push("+pushed 2\r\n");
  CHECK(stage.queue.held() == 11);
  CHECK(stage.sent() == "$4\r\nab");
  stage.deliver(b, "+b\r\n");
  stage.deliver(a, "cd\r\n");
  CHECK(stage.sent() == "cd\r\n+pushed 2\r\n+b\r\n");
  CHECK(stage.queue.held() == 0);
}

// ---- Limited replies

namespace {

constexpr auto kTooLong = "-ERR max reply size reached\r\n";

}  // namespace

TEST_CASE("a reply that is too long gives way to an error") {
  Stage stage;
  stage.queue.limit(20);
  const Ticket a = stage.open("get"), b = stage.open("get"), c = stage.open("get");
  CHECK(stage.deliver(b, "$100\r\n12345", false) == Outcome::too_long);  // before it is its turn
  CHECK(stage.deliver(a, "$3\r\nabc\r\n") == Outcome::ok);
  CHECK(stage.sent() == std::string("$3\r\nabc\r\n") + kTooLong);
  CHECK(stage.deliver(b, "6789", false) == Outcome::ok);
  CHECK(stage.deliver(c, "$-1\r\n") == Outcome::ok);
  CHECK(stage.sent().empty());
  CHECK(stage.deliver(b, std::string(92, 'x'), true) == Outcome::ok);
  CHECK(stage.sent() == "$-1\r\n");
  CHECK(stage.queue.empty());
  CHECK(stage.queue.held() == 0);
}

TEST_CASE("an array is held until it is known to be short enough") {
  Stage stage;
  stage.queue.limit(30);
  const Ticket a = stage.open("lrange"), b = stage.open("lrange");
  CHECK(stage.deliver(a, "*2\r\n$1\r\na\r\n", false) == Outcome::ok);
  CHECK(stage.sent().empty());
  CHECK(stage.deliver(a, "$1\r\nb\r\n") == Outcome::ok);
  CHECK(stage.sent() == "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  CHECK(stage.deliver(b, "*2\r\n$10\r\n0123456789\r\n", false) == Outcome::ok);
  CHECK(stage.deliver(b, "$10\r\n0123456789\r\n") == Outcome::too_long);
  CHECK(stage.sent() == kTooLong);
  CHECK(stage.queue.empty());
}

TEST_CASE("an array that has been passed on cannot be taken back") {
  Stage stage;
  stage.queue.limit(2'000'000);
  const Ticket a = stage.open("lrange");
  CHECK(stage.deliver(a, "*9\r\n$9000000\r\n" + std::string(1'100'000, 'x'), false) == Outcome::ok);
  CHECK(stage.sent().size() > 1'100'000);
  CHECK(stage.deliver(a, std::string(1'000'000, 'x'), false) == Outcome::cut);
}

TEST_CASE("an answer of the proxy's own is limited, too, but not an error") {
  Stage stage;
  stage.queue.limit(10);
  CHECK(stage.answer(stage.open("mget"), "*1\r\n$10\r\n0123456789\r\n") == Outcome::too_long);
  CHECK(stage.answer(stage.open("mget"), "-ERR something long\r\n") == Outcome::ok);
  CHECK(stage.sent() == std::string(kTooLong) + "-ERR something long\r\n");
}
