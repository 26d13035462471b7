// Whether a command blocks, and for how long at most. A pure function of the row and the arguments.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/resp/args.hpp"

#include <chrono>
#include <optional>

namespace bulkhead::command {

inline constexpr std::chrono::milliseconds kBlocksForever = std::chrono::milliseconds::max();

// Nothing when it does not block. A timeout that Redis would not take counts as none: its reply
// comes at once. XREAD and XREADGROUP block only with BLOCK; their options are read in order, so
// that a group called "block" is not taken for it.
std::optional<std::chrono::milliseconds> blocking_time(const Row& row, const resp::Args& args);

}  // namespace bulkhead::command
