#include "bulkhead/upstream/health.hpp"

#include "bulkhead/base/sentences.hpp"

namespace bulkhead::upstream {

using metrics::Condition;

Health::Health(std::shared_ptr<const config::Backend> backend, const Log& log,
               metrics::BackendCounters& counters)
    : backend_(std::move(backend)), log_(log), counters_(counters), breaker_(backend_->breaker) {
  // What was answered before, by another backend of this name, is not its merit.
  breaker_.count_answers(counters_.round_trip.count(), Clock::now());
}

void Health::connect_failed() {
  breaker_.count_failure(Clock::now());
  note_breaker();
}

void Health::timed_out() {
  breaker_.count_timeout(Clock::now());
  note_breaker();
}

void Health::lost(std::size_t commands) {
  const Instant now = Clock::now();
  breaker_.count_answers(counters_.round_trip.count(), now);
  breaker_.count_lost(commands, now);
  note_breaker();
}

void Health::trip(std::string_view reason) {
  if (breaker_.state() == Breaker::State::closed) breaker_.trip(reason, Clock::now());
  note_breaker();
}

void Health::found(Condition condition, std::string_view detail) {
  const Instant now = Clock::now();
  if (condition == Condition::hung) breaker_.count_timeout(now);
  if (condition == Condition::unreachable) breaker_.count_failure(now);
  breaker_.probe(condition < Condition::refused, now);
  counters_.condition.set(static_cast<std::int64_t>(condition));
  counters_.up.set(answers_commands(condition) ? 1 : 0);
  if (condition != condition_) {
    condition_ = condition;
    const bool good = condition == Condition::up;
    log_.write(good ? LogLevel::info : LogLevel::warning, "backend_condition",
               {{"backend", backend_->name},
                {"condition", metrics::label(condition)},
                {"detail", detail}});
  }
  note_breaker();
}

void Health::tick(Instant now) {
  breaker_.count_answers(counters_.round_trip.count(), now);
  breaker_.tick(now);
  note_breaker();
}

void Health::forget() {
  changed_ = nullptr;
  counters_.up.set(0);
  counters_.breaker.set(0);
  counters_.condition.set(static_cast<std::int64_t>(Condition::unknown));
}

Refusal Health::refusal() const {
  return refuse::backend_down(backend_->name,
                              std::string(reason()) + ": nothing is sent to it for a moment");
}

void Health::note_breaker() {
  const Breaker::State now = breaker_.state();
  if (now == noted_) return;
  noted_ = now;
  counters_.breaker.set(static_cast<std::int64_t>(now));
  counters_.transitions[static_cast<std::size_t>(now)].add();
  if (now == Breaker::State::open)
    log_.warning("breaker_open", {{"backend", backend_->name}, {"reason", reason()}});
  else
    log_.info(now == Breaker::State::closed ? "breaker_closed" : "breaker_half_open",
              {{"backend", backend_->name}});
  if (changed_) changed_();
}

}  // namespace bulkhead::upstream
