// Which connections CLIENT LIST and CLIENT KILL mean, read as Redis reads it (networking.c,
// clientCommand). Private to the module; pure functions.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/base/refusal.hpp"
#include "bulkhead/resp/args.hpp"
#include "bulkhead/tenant/client_state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::session {

// Owns its text: it is carried to other workers' threads.
struct ClientFilter {
  std::vector<std::uint64_t> ids;  // empty: any
  std::optional<std::string> type, user, address, local_address;
  std::optional<std::int64_t> older_than;  // seconds
  bool skip_me = false;

  bool matches(const tenant::ClientState& client, Instant now) const;
};

// CLIENT LIST [TYPE t | ID id ...]
Result<ClientFilter> read_list_filter(const resp::Args& args);
// CLIENT KILL filter value ...; the users are those of the tenant that asks.
Result<ClientFilter> read_kill_filter(const resp::Args& args);

}  // namespace bulkhead::session
