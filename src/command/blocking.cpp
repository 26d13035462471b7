#include "bulkhead/command/blocking.hpp"

#include "bulkhead/base/text.hpp"

namespace bulkhead::command {

bool asks_to_block(const resp::Args& args) {
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (equals_ignoring_case(args[i], "block")) return true;
    if (equals_ignoring_case(args[i], "streams")) return false;
    if (equals_ignoring_case(args[i], "count"))
      i += 1;
    else if (equals_ignoring_case(args[i], "group"))
      i += 2;
  }
  return false;
}

}  // namespace bulkhead::command
