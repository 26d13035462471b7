#include "bulkhead/upstream/breaker.hpp"

#include "catch.hpp"

using namespace bulkhead;
using namespace std::chrono_literals;
using upstream::Breaker;
using State = Breaker::State;

namespace {

config::Breaker settings() {
  config::Breaker settings;
  settings.window = 10s;
  settings.failures = 3;
  settings.timeouts = 2;
  settings.error_rate = 50;
  settings.min_commands = 10;
  settings.open_time = 1s;
  settings.probes = 2;
  return settings;
}

const Instant kStart = Instant{} + 1h;

}  // namespace

TEST_CASE("a breaker opens with the last failure that it may take, and says why") {
  Breaker breaker(settings());
  breaker.count_failure(kStart);
  breaker.count_failure(kStart + 1s);
  CHECK(breaker.state() == State::closed);
  breaker.count_failure(kStart + 2s);
  CHECK(breaker.state() == State::open);
  CHECK(breaker.reason() == "cannot be reached");
}

TEST_CASE("failures count for as long as the window") {
  Breaker breaker(settings());
  for (int i = 0; i < 20; ++i) breaker.count_failure(kStart + i * 6s);
  CHECK(breaker.state() == State::closed);
  breaker.count_failure(kStart + 19 * 6s + 1s);
  CHECK(breaker.state() == State::open);
}

TEST_CASE("answers that do not come have a threshold of their own") {
  Breaker breaker(settings());
  breaker.count_timeout(kStart);
  breaker.count_failure(kStart);
  CHECK(breaker.state() == State::closed);
  breaker.count_timeout(kStart + 5s);
  CHECK(breaker.state() == State::open);
  CHECK(breaker.reason() == "does not answer");
}

TEST_CASE("the rate of lost commands counts when there are enough of them") {
  Breaker breaker(settings());
  breaker.count_lost(9, kStart);
  CHECK(breaker.state() == State::closed);
  breaker.count_answers(11, kStart);
  breaker.count_lost(1, kStart);
  CHECK(breaker.state() == State::closed);  // 10 of 21
  breaker.count_lost(1, kStart);
  CHECK(breaker.state() == State::open);  // 11 of 22
}

TEST_CASE("answers are told as a total, and counted once") {
  Breaker breaker(settings());
  for (int i = 0; i < 5; ++i) breaker.count_answers(100, kStart + i * 1s);
  breaker.count_lost(99, kStart + 5s);
  CHECK(breaker.state() == State::closed);
  breaker.count_lost(1, kStart + 5s);
  CHECK(breaker.state() == State::open);
}

TEST_CASE("open, half open, and closed when the probes are answered") {
  Breaker breaker(settings());
  breaker.trip("does not answer", kStart);
  breaker.tick(kStart + 999ms);
  CHECK(breaker.state() == State::open);
  breaker.probe(true, kStart + 999ms);  // not its time
  CHECK(breaker.state() == State::open);
  breaker.tick(kStart + 1s);
  CHECK(breaker.state() == State::half_open);
  breaker.probe(true, kStart + 1s);
  CHECK(breaker.state() == State::half_open);
  breaker.probe(true, kStart + 2s);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("a probe that fails opens it again, for as long as before") {
  Breaker breaker(settings());
  breaker.trip("does not answer", kStart);
  breaker.tick(kStart + 1s);
  breaker.probe(true, kStart + 1s);
  breaker.probe(false, kStart + 2s);
  CHECK(breaker.state() == State::open);
  CHECK(breaker.reason() == "does not answer");
  breaker.tick(kStart + 2500ms);
  CHECK(breaker.state() == State::open);
  breaker.tick(kStart + 3s);
  CHECK(breaker.state() == State::half_open);
  breaker.probe(true, kStart + 3s);
  CHECK(breaker.state() == State::half_open);  // the one before has been forgotten
}

TEST_CASE("what was counted before is forgotten when it closes") {
  Breaker breaker(settings());
  for (int i = 0; i < 3; ++i) breaker.count_failure(kStart);
  breaker.tick(kStart + 1s);
  breaker.probe(true, kStart + 1s);
  breaker.probe(true, kStart + 1s);
  REQUIRE(breaker.state() == State::closed);
  breaker.count_failure(kStart + 1s);
  breaker.count_failure(kStart + 1s);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("thresholds of 0 and a breaker that is off do nothing") {
  config::Breaker none = settings();
  none.failures = none.timeouts = none.error_rate = 0;
  config::Breaker off = settings();
  off.enabled = false;
  for (const config::Breaker& one : {none, off}) {
    Breaker breaker(one);
    for (int i = 0; i < 100; ++i) {
      breaker.count_failure(kStart);
      breaker.count_timeout(kStart);
      breaker.count_lost(100, kStart);
    }
    CHECK(breaker.state() == State::closed);
  }
  Breaker breaker(off);
  breaker.trip("told", kStart);
  CHECK(breaker.state() == State::closed);
}
