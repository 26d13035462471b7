#include "bulkhead/policy/token_bucket.hpp"

#include <limits>

namespace bulkhead::policy {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

constexpr double kSecond = 1e9;
constexpr std::size_t kChunksPerSecond = 200;
// A chunk that was not used up meanwhile goes back: others may need it, and whoever took it before
// a pause would have it on top of the burst.
constexpr auto kStaleAfter = std::chrono::milliseconds(50);
constexpr std::int64_t kLongAgo = std::numeric_limits<std::int64_t>::min() / 2;
// However much is charged at once, it is paid within a day.
constexpr double kLongestTime = 86400 * kSecond;

std::int64_t count_of(Instant instant) {
  return std::chrono::duration_cast<Nanoseconds>(instant.time_since_epoch()).count();
}

Instant instant_of(std::int64_t count) {
  return Instant(std::chrono::duration_cast<Clock::duration>(Nanoseconds(count)));
}

std::int64_t chunk_of(std::size_t per_second, std::size_t burst) {
  const std::size_t most = std::max<std::size_t>(1, burst / 4);
  const std::size_t chunk = std::max<std::size_t>(1, per_second / kChunksPerSecond);
  return static_cast<std::int64_t>(std::min(chunk, most));
}

}  // namespace

TokenBucket::TokenBucket(std::size_t per_second, std::size_t burst)
    : nanoseconds_(kSecond / static_cast<double>(per_second)),
      chunk_(chunk_of(per_second, burst == 0 ? per_second : burst)),
      chunk_time_(time_for(chunk_)),
      burst_time_(time_for(static_cast<std::int64_t>(burst == 0 ? per_second : burst))),
      full_at_(kLongAgo) {}

std::int64_t TokenBucket::time_for(std::int64_t tokens) const {
  return static_cast<std::int64_t>(
      std::min(static_cast<double>(tokens) * nanoseconds_, kLongestTime));
}

std::optional<Instant> TokenBucket::take(Instant at) {
  const std::int64_t now = count_of(at);
  std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t after = std::max(full_at, now) + chunk_time_;
    if (after - now > burst_time_) return instant_of(after - burst_time_);
    if (full_at_.compare_exchange_weak(full_at, after, std::memory_order_relaxed)) {
      return std::nullopt;
    }
  }
}

void TokenBucket::charge(std::int64_t tokens, Instant at) {
  const std::int64_t now = count_of(at);
  std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
  while (!full_at_.compare_exchange_weak(full_at, std::max(full_at, now) + time_for(tokens),
                                         std::memory_order_relaxed)) {
  }
}

void TokenBucket::give_back(std::int64_t tokens) {
  full_at_.fetch_sub(time_for(tokens), std::memory_order_relaxed);
}

void TokenBucket::continue_from(const TokenBucket& before) {
  full_at_.store(before.full_at_.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

bool Lease::refill(Instant now) {
  if (left_ > 0) bucket_.give_back(left_);
  left_ = 0;
  if (const auto later = bucket_.take(now)) {
    retry_at_ = *later;
    return false;
  }
  left_ = bucket_.chunk();
  stale_at_ = now + kStaleAfter;
  return true;
}

void Lease::overdraw(Instant now) {
  bucket_.charge(-left_, now);
  left_ = 0;
}

}  // namespace bulkhead::policy
