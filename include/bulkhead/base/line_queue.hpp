// Lines on their way from one thread to another, without locks: one thread pushes, one takes. It
// never holds more than it was made for; who pushes is told when there is no room.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead {

class LineQueue {
 public:
  static constexpr std::size_t kMost = 16384;

  // The pushing thread's. False when there are `limit` lines already.
  bool push(std::string line, std::size_t limit) {
    const std::size_t at = pushed_.load(std::memory_order_relaxed);
    if (at - taken_.load(std::memory_order_acquire) >= std::min(limit, kMost)) return false;
    if (slots_.empty()) slots_.resize(kMost);  // seen by the other thread with the first line
    slots_[at % kMost] = std::move(line);
    pushed_.store(at + 1, std::memory_order_release);
    return true;
  }
  std::size_t pushed() const { return pushed_.load(std::memory_order_relaxed); }

  // The taking thread's. False when there is nothing; else the line is appended.
  bool take(std::string& out) {
    const std::size_t at = taken_.load(std::memory_order_relaxed);
    if (at == pushed_.load(std::memory_order_acquire)) return false;
    std::string& slot = slots_[at % kMost];
    out += slot;
    std::string().swap(slot);
    taken_.store(at + 1, std::memory_order_release);
    return true;
  }

 private:
  std::vector<std::string> slots_;
  alignas(64) std::atomic<std::size_t> pushed_{0};
  alignas(64) std::atomic<std::size_t> taken_{0};
};

}  // namespace bulkhead
