// A lane of one database that carries commands of many clients. It selects its database in the
// handshake and never again, and connects again when it is lost. Owned by its backend.
#pragma once

#include "bulkhead/upstream/lane.hpp"

namespace bulkhead::upstream {

class SharedLane final : public Lane {
 public:
  SharedLane(const Services& services, LaneSettings settings, metrics::BackendCounters& counters)
      : Lane(services, std::move(settings), counters) {}

  // Connects, and connects again for as long as the lane is not retired.
  void start();
  // As long as it is shut it takes no commands and does not connect; what is under way goes on.
  void shut(bool shut);

  // Nothing is under way.
  bool idle() const { return nothing_queued(); }
  // Nothing has been for so long.
  bool idle_for(Instant now, Clock::duration time) const {
    return idle() && now - progress_ > time && state_ != State::connecting;
  }

  // No more commands; the connection ends when those under way are answered.
  void retire();
  void tick(Instant now) override;

 private:
  // Nothing on a shared lane asks for a push.
  bool may_push(char type) const override { return type == '>'; }
  bool take_push(std::string_view) override { return false; }

  Awaitable<void> run();
  Milliseconds backoff();
  Awaitable<void> pause();
  void note(const Trouble& trouble);

  int failures_ = 0;  // connections in a row that came to nothing
};

}  // namespace bulkhead::upstream
