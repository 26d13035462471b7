// Time as the data path sees it: read once per turn of the event loop, not once per command.
#pragma once

#include <chrono>

namespace bulkhead {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using Milliseconds = std::chrono::milliseconds;

}  // namespace bulkhead
