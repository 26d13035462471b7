// A rate with a burst, exact over all workers. The bucket is what they share: one word, on which
// they meet once per chunk of tokens. A worker's lease holds such a chunk, and is spent without
// anybody's seeing it. Time is a value here: pure but for the atomic.
#pragma once

#include "bulkhead/base/clock.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

namespace bulkhead::policy {

// Instead of tokens it counts the time that it takes to make them: `full_at_` is when the bucket
// will be full again if nobody takes any more. Any thread.
class TokenBucket {
 public:
  // At least one a second; a burst of 0 is one second's worth.
  TokenBucket(std::size_t per_second, std::size_t burst);
  TokenBucket(const TokenBucket&) = delete;
  TokenBucket& operator=(const TokenBucket&) = delete;

  // How many a lease takes at once: what comes in 5 ms, so that what lies about in leases is
  // little.
  std::int64_t chunk() const { return chunk_; }

  // Takes a chunk, and returns nothing; or else when to try again.
  std::optional<Instant> take(Instant now);
  // Takes what has been used already, however much it is: whoever comes next waits for it.
  void charge(std::int64_t tokens, Instant now);
  void give_back(std::int64_t tokens);

  // As empty as the one before it, of a configuration that is replaced.
  void continue_from(const TokenBucket& before);

 private:
  std::int64_t time_for(std::int64_t tokens) const;

  const double nanoseconds_;  // that one token takes
  const std::int64_t chunk_;
  const std::int64_t chunk_time_;
  const std::int64_t burst_time_;
  // On a cache line of its own: what else there is about a tenant is only read.
  alignas(64) std::atomic<std::int64_t> full_at_;
};

// What one worker holds of a bucket. Touched by its thread only.
class Lease {
 public:
  explicit Lease(TokenBucket& bucket) : bucket_(bucket) {}

  // Whether there is a token, here or in the bucket.
  bool open(Instant now) {
    if (left_ > 0 && now < stale_at_) return true;
    return now >= retry_at_ && refill(now);
  }
  // When it may be open again, after it was not.
  Instant retry_at() const { return retry_at_; }
  // Uses tokens, which may be more than are here.
  void spend(std::int64_t tokens, Instant now) {
    left_ -= tokens;
    if (left_ < 0) overdraw(now);
  }

 private:
  bool refill(Instant now);
  void overdraw(Instant now);

  TokenBucket& bucket_;
  std::int64_t left_ = 0;
  Instant stale_at_{};
  Instant retry_at_{};
};

}  // namespace bulkhead::policy
