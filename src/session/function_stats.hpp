// What function a backend is running, and its end. Coroutines of one worker. Private to the module.
#pragma once

#include "bulkhead/session/context.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bulkhead::session {

struct RunningFunction {
  bool own = false;  // this tenant's; only then is there more to tell
  std::string name;
  std::vector<std::string> command;  // as the client wrote it
  std::int64_t milliseconds = 0;
};

// Refused when the backend does not tell: a script is running, and not a function.
Awaitable<Result<RunningFunction>> running_function(Context& context, upstream::Backend& backend,
                                                    const tenant::Tenant& tenant);

// Whether a function with this tag is running.
Awaitable<bool> runs_function_of(Context& context, upstream::Backend& backend, std::string tag);

// The reply to FUNCTION KILL. Ask first whose it is: it kills whatever function runs.
Awaitable<std::string> kill_function(Context& context, upstream::Backend& backend);

}  // namespace bulkhead::session
