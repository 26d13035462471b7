// How much of a turn one tenant's clients may take of their worker: a tenant with many busy clients
// is carried on from turn to turn, and who has little to say is read in between. One per worker and
// tenant; touched by the worker's thread only.
#pragma once

#include <algorithm>
#include <cstdint>

namespace bulkhead::session {

class TurnShare {
 public:
  static constexpr std::int32_t kTurn = 512;    // commands of one tenant in one turn
  static constexpr std::int32_t kClient = 128;  // of one of its clients

  // How many commands a client may have handled now; none, when others of the tenant are before it.
  // The number is the turn's.
  std::int32_t part(std::uint64_t turn, std::uint32_t weight) {
    if (turn_ != turn) {
      turn_ = turn;
      left_ = kTurn * static_cast<std::int32_t>(weight);
    }
    return std::clamp(left_, 0, kClient);
  }
  void take(std::int32_t commands) { left_ = std::max(left_ - commands, 0); }

  // Clients that wait for the next turn.
  bool has_waiting() const { return waiting_ != 0; }
  void begin_wait() { ++waiting_; }
  void end_wait() { --waiting_; }

 private:
  std::uint64_t turn_ = 0;
  std::int32_t left_ = 0;
  std::uint32_t waiting_ = 0;
};

}  // namespace bulkhead::session
