// What a cache that has nothing would answer to a command: for features with `on_failure: miss`,
// whose clients do not notice that the backend is away. Read from the row; pure functions.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/command/row.hpp"
#include "bulkhead/resp/args.hpp"

#include <cstdint>

namespace bulkhead::command {

// Small enough to be kept beside each command under way.
struct Missing {
  Miss kind = Miss::none;  // none: the error is told
  bool resp3 = false;
  std::uint32_t count = 0;  // of elements, or the number that is answered
};

Missing missing(const Row& row, const resp::Args& args, bool resp3);

void write_missing(const Missing& missing, Buffer& out);

// Whether an error of the backend's is about its state and not about the command: LOADING, OOM, ...
bool is_about_state(std::string_view error);

}  // namespace bulkhead::command
