// What a session keeps of its client's subscriptions, and when a subscriber is too slow. Owned by
// the session, touched by its worker's thread only.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/request/subscriptions.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace bulkhead::session {

// As Redis' client-output-buffer-limit (networking.c, checkClientOutputBufferLimits): a hard limit,
// and a soft one that may be exceeded for a while. When the worker has used up its memory, whoever
// reads slowly goes: ten thousand of them below their limits would take it all.
class OutputWatch {
 public:
  static constexpr std::size_t kWhenShort = 64 * 1024;

  bool too_slow(std::size_t waiting, const config::Limits& limits, bool short_of_memory,
                Instant now) {
    if (short_of_memory && waiting >= kWhenShort) return true;
    if (waiting < limits.subscriber_output_soft) {
      above_since_.reset();
      return false;
    }
    if (waiting >= limits.subscriber_output) return true;
    if (!above_since_) above_since_ = now;
    return now - *above_since_ > limits.subscriber_output_time;
  }

 private:
  std::optional<Instant> above_since_;
};

struct Subscriber {
  request::SubscriptionBook book;
  bool shares = false;                  // a connection with the worker's other subscribers
  bool too_slow = false;                // to be closed
  std::size_t counted = 0;              // subscriptions that the tenant's gauge knows of
  std::deque<std::uint64_t> tickets{};  // of changes that are under way upstream
  OutputWatch watch{};
};

}  // namespace bulkhead::session
