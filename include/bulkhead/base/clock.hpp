// Time as the data path sees it: read once per turn of the event loop, not once per command.
#pragma once

#include <chrono>

namespace bulkhead {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using Milliseconds = std::chrono::milliseconds;

// What the calendar says, for what ends on a date.
using WallTime = std::chrono::sys_seconds;
inline WallTime wall_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace bulkhead
