#include "bulkhead/policy/token_bucket.hpp"

#include "catch.hpp"

#include <deque>
#include <thread>
#include <vector>

namespace bulkhead::policy {
namespace {

using namespace std::chrono_literals;

const Instant kStart = Instant(1000h);

// Workers that each try one token so often, for so long; how many they got.
std::int64_t got(TokenBucket& bucket, std::size_t workers, Instant from, Clock::duration time,
                 Clock::duration every) {
  std::deque<Lease> leases;
  for (std::size_t i = 0; i < workers; ++i) leases.emplace_back(bucket);
  std::int64_t count = 0;
  for (Instant now = from; now < from + time; now += every) {
    for (Lease& lease : leases) {
      if (!lease.open(now)) continue;
      lease.spend(1, now);
      ++count;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("a rate is exact over all workers, whatever it is") {
  const std::size_t rate = GENERATE(1, 3, 10, 100, 201, 1000, 10'000, 100'000);
  const std::size_t workers = GENERATE(1, 2, 4, 8);
  TokenBucket bucket(rate, 0);
  const auto every = rate > 10'000 ? Clock::duration(5us) : Clock::duration(50us);
  const Clock::duration time = rate < 10 ? 60s : 4s;
  const auto seconds = std::chrono::duration<double>(time).count();
  const double expected = static_cast<double>(rate) * (seconds + 1);  // and the burst
  const auto count = static_cast<double>(got(bucket, workers, kStart, time, every));
  CAPTURE(rate, workers, count, expected);
  CHECK(count > 0.97 * expected - 1);
  CHECK(count < 1.03 * expected + 1);
}

TEST_CASE("a burst is what comes at once, and no more") {
  TokenBucket bucket(100, 20);
  CHECK(got(bucket, 1, kStart, 1ms, 10us) == 20);
  TokenBucket single(1000, 1);
  CHECK(got(single, 2, kStart, 1s, 100us) == 1000);
  TokenBucket large(10, 1000);
  CHECK(got(large, 4, kStart, 1s, 10us) == 1009);
}

TEST_CASE("who was idle has the burst, and not what all the time was worth") {
  TokenBucket bucket(1000, 500);
  CHECK(got(bucket, 1, kStart, 10ms, 10us) >= 500);
  const auto count = got(bucket, 2, kStart + 1h, 1s, 50us);
  CHECK(count > 1450);
  CHECK(count < 1550);
}

TEST_CASE("a chunk that lies about goes back") {
  TokenBucket bucket(10'000, 10'000);
  Lease lease(bucket);
  REQUIRE(lease.open(kStart));
  lease.spend(1, kStart);  // 49 are left, and the bucket is soon full
  std::int64_t count = 0;
  const Instant later = kStart + 10s;
  Lease other(bucket);
  for (Lease* one : {&lease, &other}) {
    while (one->open(later)) {
      one->spend(1, later);
      ++count;
    }
  }
  CHECK(count == 10'000);
}

TEST_CASE("what is used beyond what is there is paid for by who comes next") {
  TokenBucket bucket(1000, 1000);
  Lease lease(bucket);
  REQUIRE(lease.open(kStart));
  lease.spend(3000, kStart);  // three seconds' worth, of which one is the burst
  CHECK_FALSE(lease.open(kStart + 1s));
  Lease other(bucket);
  CHECK_FALSE(other.open(kStart + 1900ms));
  CHECK(other.retry_at() > kStart + 1990ms);
  CHECK(other.retry_at() < kStart + 2020ms);
  CHECK(other.open(other.retry_at()));
}

TEST_CASE("who is told when to come again is served then") {
  TokenBucket bucket(10, 1);
  Lease lease(bucket);
  REQUIRE(lease.open(kStart));
  lease.spend(1, kStart);
  CHECK_FALSE(lease.open(kStart + 1ms));
  CHECK(lease.retry_at() == kStart + 100ms);
  CHECK_FALSE(lease.open(kStart + 99ms));
  CHECK(lease.open(kStart + 100ms));
}

TEST_CASE("a clock that jumps gives nothing away") {
  TokenBucket bucket(100, 100);
  CHECK(got(bucket, 1, kStart, 1ms, 1us) == 100);
  CHECK(got(bucket, 1, kStart - 1h, 1ms, 1us) == 0);       // back
  CHECK(got(bucket, 1, kStart + 1000h, 1ms, 1us) == 100);  // far ahead: one burst
  CHECK(got(bucket, 1, kStart, 1s, 1ms) == 0);
}

TEST_CASE("a bucket goes on where the one before it was") {
  TokenBucket before(100, 100);
  CHECK(got(before, 1, kStart, 1ms, 1us) == 100);
  TokenBucket after(1000, 1000);
  after.continue_from(before);
  CHECK(got(after, 1, kStart, 100ms, 100us) < 110);
}

TEST_CASE("threads share a bucket") {
  TokenBucket bucket(1'000'000, 100'000);
  std::vector<std::int64_t> counts(4);
  {
    std::vector<std::jthread> threads;
    for (auto& count : counts) {
      threads.emplace_back([&] {
        Lease lease(bucket);
        while (lease.open(kStart)) {
          lease.spend(1, kStart);
          ++count;
        }
      });
    }
  }
  CHECK(counts[0] + counts[1] + counts[2] + counts[3] == 100'000);
}

}  // namespace bulkhead::policy
