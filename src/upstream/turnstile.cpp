#include "bulkhead/upstream/turnstile.hpp"

namespace bulkhead::upstream {

Awaitable<void> Turnstile::enter() {
  if (room_ != 0) {
    --room_;
    co_return;
  }
  Timer& turn = *waiting_.emplace_back(
      std::make_unique<Timer>(context_.get_executor(), Timer::time_point::max()));
  co_await turn.async_wait(kAwait);
}

// Whoever waits longest takes the place.
void Turnstile::leave() {
  if (waiting_.empty()) {
    ++room_;
    return;
  }
  waiting_.front()->cancel();
  waiting_.pop_front();
}

}  // namespace bulkhead::upstream
