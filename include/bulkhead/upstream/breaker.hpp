// A circuit breaker: when a backend has failed often enough it is given up for a while, and then
// tried again by health checks alone. No I/O and no clock in here. One per backend and worker;
// owned by its Health, touched by its worker's thread only.
//
//   closed --too many failures--> open --open_time--> half open --probes answered--> closed
//                                   ^-----------------a probe fails----'
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/metrics/counters.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace bulkhead::upstream {

class Breaker {
 public:
  using State = metrics::BreakerState;

  explicit Breaker(const config::Breaker& settings) : settings_(settings) {}

  State state() const { return state_; }
  // Why it opened last.
  std::string_view reason() const { return reason_; }

  // What went wrong. The state may be another one afterwards.
  void count_failure(Instant now);
  void count_timeout(Instant now);
  void count_lost(std::uint64_t commands, Instant now);
  // All answers so far; the difference to the last time counts.
  void count_answers(std::uint64_t total, Instant now);

  // A health check was answered, or not. Decides when half open.
  void probe(bool answered, Instant now);
  // It has failed for somebody else.
  void trip(std::string_view reason, Instant now);
  // Half open when it was open long enough.
  void tick(Instant now);

 private:
  struct Slice {
    std::int64_t number = -1;  // of the time that it covers
    std::uint64_t failures = 0, timeouts = 0, lost = 0, answered = 0;
  };
  static constexpr std::int64_t kSlices = 10;

  Slice& slice(Instant now);
  Slice sum(Instant now) const;
  std::int64_t number_of(Instant now) const;
  void decide(Instant now);

  config::Breaker settings_;
  State state_ = State::closed;
  std::string_view reason_;
  Instant until_{};   // it stays open
  int answered_ = 0;  // probes in a row
  std::uint64_t answers_ = 0;
  std::array<Slice, kSlices> slices_{};
};

}  // namespace bulkhead::upstream
