// Whether a command that may block asks to: XREAD and XREADGROUP do so only with BLOCK. A pure
// function of the arguments.
#pragma once

#include "bulkhead/resp/args.hpp"

namespace bulkhead::command {

// Reads the options in order, so that a group called "block" is not taken for the option.
bool asks_to_block(const resp::Args& args);

}  // namespace bulkhead::command
