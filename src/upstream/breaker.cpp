#include "bulkhead/upstream/breaker.hpp"

#include <algorithm>

namespace bulkhead::upstream {

std::int64_t Breaker::number_of(Instant now) const {
  const auto length = std::max<Clock::duration>(settings_.window / kSlices, Milliseconds(1));
  return now.time_since_epoch() / length;
}

Breaker::Slice& Breaker::slice(Instant now) {
  const std::int64_t number = number_of(now);
  Slice& slice = slices_[static_cast<std::size_t>(number % kSlices)];
  if (slice.number != number) {
    slice = Slice{};
    slice.number = number;
  }
  return slice;
}

Breaker::Slice Breaker::sum(Instant now) const {
  Slice sum;
  const std::int64_t last = number_of(now);
  for (const Slice& slice : slices_) {
    if (slice.number < 0 || last - slice.number >= kSlices) continue;
    sum.failures += slice.failures;
    sum.timeouts += slice.timeouts;
    sum.lost += slice.lost;
    sum.answered += slice.answered;
  }
  return sum;
}

void Breaker::count_failure(Instant now) {
  ++slice(now).failures;
  decide(now);
}

void Breaker::count_timeout(Instant now) {
  ++slice(now).timeouts;
  decide(now);
}

void Breaker::count_lost(std::uint64_t commands, Instant now) {
  slice(now).lost += commands;
  if (commands != 0) decide(now);
}

void Breaker::count_answers(std::uint64_t total, Instant now) {
  if (total == answers_) return;
  slice(now).answered += total - answers_;
  answers_ = total;
}

void Breaker::decide(Instant now) {
  if (!settings_.enabled || state_ != State::closed) return;
  const Slice all = sum(now);
  const auto reached = [](std::uint64_t count, int threshold) {
    return threshold != 0 && count >= static_cast<std::uint64_t>(threshold);
  };
  if (reached(all.failures, settings_.failures)) return trip("cannot be reached", now);
  if (reached(all.timeouts, settings_.timeouts)) return trip("does not answer", now);
  const std::uint64_t commands = all.lost + all.answered;
  if (settings_.error_rate != 0 && reached(commands, settings_.min_commands) &&
      all.lost * 100 >= commands * static_cast<std::uint64_t>(settings_.error_rate)) {
    trip("loses its connections", now);
  }
}

void Breaker::trip(std::string_view reason, Instant now) {
  if (!settings_.enabled) return;
  state_ = State::open;
  reason_ = reason;
  until_ = now + settings_.open_time;
}

void Breaker::tick(Instant now) {
  if (state_ != State::open || now < until_) return;
  state_ = State::half_open;
  answered_ = 0;
}

// What was counted before it opened is forgotten when it closes: one more failure is one.
void Breaker::probe(bool answered, Instant now) {
  if (state_ != State::half_open) return;
  if (!answered) return trip(reason_, now);
  if (++answered_ < settings_.probes) return;
  state_ = State::closed;
  slices_.fill(Slice{});
}

}  // namespace bulkhead::upstream
