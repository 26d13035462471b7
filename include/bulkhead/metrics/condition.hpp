// How backends do, as numbers that gauges show. Constants; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkhead::metrics {

// What a backend's health check has found, from good to bad. Up to `busy` it answers commands.
enum class Condition : std::uint8_t {
  unknown,
  up,
  oom,          // it refuses writes: its memory is full
  readonly,     // it is a replica: it refuses writes
  misconf,      // it refuses writes: it cannot save
  busy,         // a script runs
  loading,      // its data, from disk or from its master
  masterdown,   // it is a replica without its master
  refused,      // it does not talk to us: wrong password
  hung,         // it is there, and does not answer
  unreachable,  // no connection can be made
};
inline constexpr std::size_t kConditions = static_cast<std::size_t>(Condition::unreachable) + 1;
inline constexpr std::array<std::string_view, kConditions> kConditionLabels = {
    "unknown", "up",         "oom",     "readonly", "misconf",    "busy",
    "loading", "masterdown", "refused", "hung",     "unreachable"};
inline std::string_view label(Condition condition) {
  return kConditionLabels[static_cast<std::size_t>(condition)];
}
inline bool answers_commands(Condition condition) {
  return condition != Condition::unknown && condition <= Condition::busy;
}

// The states of a breaker, as bulkhead_backend_breaker_state shows them.
enum class BreakerState : std::uint8_t { closed, half_open, open };
inline constexpr std::size_t kBreakerStates = 3;
inline constexpr std::array<std::string_view, kBreakerStates> kBreakerLabels = {
    "closed", "half_open", "open"};
inline std::string_view label(BreakerState state) {
  return kBreakerLabels[static_cast<std::size_t>(state)];
}

}  // namespace bulkhead::metrics
