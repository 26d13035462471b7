#include "bulkhead/session/subscriber.hpp"

#include "catch.hpp"

using namespace bulkhead;
using namespace std::chrono_literals;
using session::OutputWatch;

TEST_CASE("a subscriber is too slow above the hard limit, or above the soft one for too long") {
  config::Limits limits;
  limits.subscriber_output = 100;
  limits.subscriber_output_soft = 10;
  limits.subscriber_output_time = 5s;
  const Instant now{};
  OutputWatch watch;
  CHECK_FALSE(watch.too_slow(9, limits, false, now));
  CHECK(watch.too_slow(100, limits, false, now));
  CHECK_FALSE(watch.too_slow(50, limits, false, now));
  CHECK_FALSE(watch.too_slow(50, limits, false, now + 5s));
  CHECK_FALSE(watch.too_slow(9, limits, false, now + 6s));
  CHECK_FALSE(watch.too_slow(50, limits, false, now + 7s));
  CHECK_FALSE(watch.too_slow(50, limits, false, now + 12s));
  CHECK(watch.too_slow(50, limits, false, now + 13s));
}

TEST_CASE("when the worker is short of memory, a subscriber with anything much waiting goes") {
  config::Limits limits;
  OutputWatch watch;
  CHECK_FALSE(watch.too_slow(OutputWatch::kWhenShort, limits, false, {}));
  CHECK(watch.too_slow(OutputWatch::kWhenShort, limits, true, {}));
  CHECK_FALSE(watch.too_slow(OutputWatch::kWhenShort - 1, limits, true, {}));
}
