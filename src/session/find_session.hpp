// One of a tenant's clients, by the id that CLIENT ID tells it. Private to the module; called on
// the worker's thread.
#pragma once

#include "bulkhead/session/session.hpp"

#include <cstdint>
#include <string_view>

namespace bulkhead::session {

inline Session* find_session(Context& context, std::uint64_t id, std::string_view tenant) {
  for (Session& session : *context.sessions) {
    const tenant::ClientState& client = session.client();
    if (client.id != id) continue;
    return client.tenant != nullptr && client.tenant->name == tenant ? &session : nullptr;
  }
  return nullptr;
}

}  // namespace bulkhead::session
