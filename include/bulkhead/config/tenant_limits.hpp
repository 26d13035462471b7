// What one tenant may have of what all share: the section `tenant_limits`, and a tenant's own
// `limits` over it. Plain values, a part of the Config; tenants without limits of their own share
// one. 0 means no limit of the tenant's; what `limits` says of everybody holds all the same.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::config {

// What happens to a command for which there is no token at the moment.
enum class OnLimit : std::uint8_t { refuse, delay };

struct RateLimit {
  std::size_t per_second = 0;
  std::size_t burst = 0;  // 0: one second's worth

  bool operator==(const RateLimit&) const = default;
};

// Of the commands of one category ("@write") or of one name ("keys", "client|list").
struct CommandRate {
  std::string commands;
  std::size_t per_second = 0;

  bool operator==(const CommandRate&) const = default;
};

struct TenantLimits {
  std::size_t connections = 0;
  RateLimit connection_rate;
  RateLimit command_rate;
  RateLimit byte_rate;  // of commands and replies together
  std::vector<CommandRate> by_category;
  std::size_t pipeline = 0;         // commands of one client under way
  std::size_t request_bytes = 0;    // of one command
  std::size_t value_bytes = 0;      // of one argument
  std::size_t reply_bytes = 0;      // of one reply
  std::size_t blocked_clients = 0;  // that wait in BLPOP and the like
  std::size_t subscriptions = 0;    // of all clients; 0: Limits::tenant_subscriptions
  std::size_t pinned = 0;           // lanes; 0: Limits::pinned
  std::optional<std::chrono::milliseconds> script_time;  // nothing: Limits::script_time
  std::size_t keys = 0;
  std::size_t memory = 0;  // of its keys, in bytes
  OnLimit on_limit = OnLimit::refuse;
  std::chrono::milliseconds max_delay{1000};  // beyond it a delayed command is refused

  bool operator==(const TenantLimits&) const = default;
};

}  // namespace bulkhead::config
