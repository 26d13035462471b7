#include "bulkhead/upstream/call.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/upstream/shared_lane.hpp"
#include "catch.hpp"

#include <boost/asio/co_spawn.hpp>

using namespace bulkhead;
using upstream::Call;

namespace {

// A lane that is never started: it opens no socket, and a call only asks who it is.
struct Stage {
  asio::io_context io;
  upstream::Turn turn{io};
  Log log{LogLevel::error, LogFormat::text};
  std::minstd_rand random;
  metrics::BackendCounters counters;
  boost::intrusive_ptr<upstream::SharedLane> lane{new upstream::SharedLane(
      {io, turn, log, random},
      {std::make_shared<config::Backend>(), std::make_shared<upstream::LaneLimits>(), 0, false},
      counters)};
  std::string outcome;

  void wait_for(const boost::intrusive_ptr<Call>& call) {
    asio::co_spawn(
        io,
        [this, call]() -> Awaitable<void> {
          const auto reply = co_await call->reply();
          outcome = reply ? std::string(*reply) : reply.error().sentence;
        },
        [](std::exception_ptr error) { CHECK_FALSE(error); });
  }
};

}  // namespace

TEST_CASE("a reply in pieces is handed over whole") {
  Stage stage;
  const boost::intrusive_ptr<Call> call(new Call(stage.io, 100));
  stage.wait_for(call);
  stage.io.poll();
  CHECK(call->on_reply(*stage.lane, 0, "$5\r\nhe", false));
  stage.io.poll();
  CHECK(stage.outcome.empty());
  CHECK(call->on_reply(*stage.lane, 0, "llo\r\n", true));
  stage.io.run();
  CHECK(stage.outcome == "$5\r\nhello\r\n");
}

TEST_CASE("a reply that came before it was waited for is there at once") {
  Stage stage;
  const boost::intrusive_ptr<Call> call(new Call(stage.io, 100));
  call->on_reply(*stage.lane, 0, "+OK\r\n", true);
  stage.wait_for(call);
  stage.io.run();
  CHECK(stage.outcome == "+OK\r\n");
}

TEST_CASE("a reply over the limit is refused when it has passed, and takes no memory meanwhile") {
  Stage stage;
  const boost::intrusive_ptr<Call> call(new Call(stage.io, 10));
  stage.wait_for(call);
  for (int i = 0; i < 5; ++i) CHECK(call->on_reply(*stage.lane, 0, "12345678", false));
  call->on_reply(*stage.lane, 0, "\r\n", true);
  stage.io.run();
  CHECK(stage.outcome == refuse::reply_too_large().sentence);
}

TEST_CASE("a reply of just the limit is not too large") {
  Stage stage;
  const boost::intrusive_ptr<Call> call(new Call(stage.io, 5));
  call->on_reply(*stage.lane, 0, "+OK\r\n", true);
  stage.wait_for(call);
  stage.io.run();
  CHECK(stage.outcome == "+OK\r\n");
}

TEST_CASE("a reply that is lost half way ends in the lane's refusal") {
  Stage stage;
  const boost::intrusive_ptr<Call> call(new Call(stage.io, 100));
  stage.wait_for(call);
  call->on_reply(*stage.lane, 0, "$5\r\nhe", false);
  call->on_lost(0, refuse::backend_down("main", "went away"));
  stage.io.run();
  CHECK(stage.outcome == "BACKENDDOWN backend 'main' went away");
}
