#include "bulkhead/upstream/turn.hpp"

#include "catch.hpp"

#include <boost/asio/post.hpp>

#include <functional>
#include <string>

using namespace bulkhead;
using upstream::Flushable;
using upstream::Turn;

namespace {

struct Counting final : Flushable {
  void flush() override {
    ++flushed;
    if (on_flush) on_flush();
  }
  void on_turn() override {
    if (on_its_turn) on_its_turn();
  }
  int flushed = 0;
  std::function<void()> on_flush, on_its_turn;
};
using Pointer = boost::intrusive_ptr<Counting>;

}  // namespace

TEST_CASE("what is dirty is flushed once, at the end of the turn") {
  asio::io_context io;
  Turn turn(io);
  const Pointer one(new Counting);
  turn.dirty(*one);
  turn.dirty(*one);
  CHECK(one->flushed == 0);
  io.run();
  CHECK(one->flushed == 1);
}

TEST_CASE("handlers that are ready already belong to the same turn") {
  asio::io_context io;
  Turn turn(io);
  const Pointer one(new Counting);
  int seen = -1;
  asio::post(io, [&] { turn.dirty(*one); });
  asio::post(io, [&] {
    seen = one->flushed;
    turn.dirty(*one);
  });
  io.run();
  CHECK(seen == 0);
  CHECK(one->flushed == 1);
}

TEST_CASE("what becomes dirty while others are flushed is flushed in the same turn") {
  asio::io_context io;
  Turn turn(io);
  const Pointer client(new Counting), lane(new Counting);
  client->on_flush = [&] { turn.dirty(*lane); };
  turn.dirty(*client);
  io.run_one();
  CHECK(client->flushed == 1);
  CHECK(lane->flushed == 1);
}

TEST_CASE("something that makes itself dirty once more is flushed once more") {
  asio::io_context io;
  Turn turn(io);
  const Pointer one(new Counting);
  one->on_flush = [&] {
    if (one->flushed < 3) turn.dirty(*one);
  };
  turn.dirty(*one);
  io.run_one();
  CHECK(one->flushed == 3);
}

TEST_CASE("the time stands still within a turn and goes on in the next") {
  asio::io_context io;
  Turn turn(io);
  const Instant first = turn.now();
  CHECK(turn.now() == first);
  io.run();
  io.restart();
  while (Clock::now() == first) {
  }
  CHECK(turn.now() > first);
  io.run();
}

TEST_CASE("what is dirty is kept alive until it is flushed") {
  asio::io_context io;
  Turn turn(io);
  bool flushed = false;
  {
    const Pointer one(new Counting);
    one->on_flush = [&] { flushed = true; };
    turn.dirty(*one);
  }
  io.run();
  CHECK(flushed);
}

TEST_CASE("who lines up is called at the end of the next turn, after what is ready by then") {
  asio::io_context io;
  Turn turn(io);
  const Pointer busy(new Counting), quiet(new Counting);
  std::string order;
  quiet->on_flush = [&] { order += 'q'; };
  busy->on_its_turn = [&] {
    order += 'b';
    if (order.size() < 4) {
      turn.line_up(*busy, true);
      asio::post(io, [&] { turn.dirty(*quiet); });
    }
  };
  asio::post(io, [&] { turn.line_up(*busy, true); });
  io.run();
  CHECK(order == "bqbqb");
}

TEST_CASE("who has had something stands behind who has not") {
  asio::io_context io;
  Turn turn(io);
  const Pointer one(new Counting), two(new Counting);
  std::string order;
  one->on_its_turn = [&] { order += '1'; };
  two->on_its_turn = [&] { order += '2'; };
  turn.line_up(*one, true);
  turn.line_up(*two, false);
  io.run();
  CHECK(order == "21");
}
