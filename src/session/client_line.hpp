// A connection as CLIENT LIST and CLIENT INFO show it. Private to the module; pure functions.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/tenant/client_state.hpp"
#include "bulkhead/upstream/control.hpp"

#include <string>

namespace bulkhead::session {

// One line with its LF, in the fields and the order of Redis (networking.c, catClientInfoString);
// those about the memory of a Redis process are 0. `libraries`: lib-name and lib-ver, which came
// with 7.2.
std::string client_line(const tenant::ClientState& client, Instant now, bool libraries);

// Whether the backend is one that shows them: it has CLIENT SETINFO.
inline bool shows_libraries(const upstream::Facts& facts) {
  return facts.commands().contains("client|setinfo");
}

}  // namespace bulkhead::session
