// How one backend does, as one worker sees it: the condition that health checks found, and the
// breaker. Lanes and the control connection tell it what went wrong; its backend is told when the
// breaker changes. Shared by a backend and its lanes, touched by their worker's thread only.
#pragma once

#include "bulkhead/base/log.hpp"
#include "bulkhead/base/refusal.hpp"
#include "bulkhead/metrics/counters.hpp"
#include "bulkhead/upstream/breaker.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bulkhead::upstream {

class Health {
 public:
  Health(std::shared_ptr<const config::Backend> backend, const Log& log,
         metrics::BackendCounters& counters);

  // Called after each change of the breaker's state.
  void watch(std::function<void()> changed) { changed_ = std::move(changed); }

  // No connection could be made.
  void connect_failed();
  // It took a command, or a connection, and did not answer in time.
  void timed_out();
  // A connection ended with so many commands on it.
  void lost(std::size_t commands);
  // Another worker has given it up.
  void trip(std::string_view reason);

  // A health check's end.
  void found(metrics::Condition condition, std::string_view detail);
  void tick(Instant now);
  // The backend is no longer configured.
  void forget();

  metrics::Condition condition() const { return condition_; }
  // No commands are to be sent.
  bool shut() const { return breaker_.state() != Breaker::State::closed; }
  Breaker::State breaker() const { return breaker_.state(); }
  std::string_view reason() const { return breaker_.reason(); }
  // What clients are told while it is shut.
  Refusal refusal() const;

 private:
  void note_breaker();

  const std::shared_ptr<const config::Backend> backend_;
  const Log& log_;
  metrics::BackendCounters& counters_;
  std::function<void()> changed_;
  Breaker breaker_;
  Breaker::State noted_ = Breaker::State::closed;
  metrics::Condition condition_ = metrics::Condition::unknown;
};

}  // namespace bulkhead::upstream
