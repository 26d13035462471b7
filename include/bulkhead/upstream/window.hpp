// How much of a lane's work may be with the backend at a time. What has been sent cannot be
// overtaken, so it is to be as little as keeps the backend at work; how much that is depends on the
// commands, the network and the machine, and is found by trying: more when the backend ran dry
// while commands waited here, less as long as it does not. No clock in here. Owned by a lane.
#pragma once

#include <algorithm>
#include <cstddef>

namespace bulkhead::upstream {

// What a command takes of a window or a share: its bytes, and that it is a command at all.
inline constexpr std::size_t kCommandCost = 512;

class Window {
 public:
  // In bytes of cost; `most` is the configured bound.
  std::size_t size(std::size_t most) const { return std::min(size_, most); }

  // Replies to commands of this cost have come while others waited here. `dry`: the backend has
  // nothing more to do. Looked at once per window that was answered.
  void answered(std::size_t cost, bool dry, std::size_t most);

 private:
  static constexpr std::size_t kLeast = 4 * kCommandCost;
  static constexpr std::size_t kFirst = 256 * kCommandCost;

  std::size_t size_ = kFirst;
  std::size_t seen_ = 0;  // cost that was answered since the last look
  bool dry_ = false;      // and whether it ran dry meanwhile
};

}  // namespace bulkhead::upstream
