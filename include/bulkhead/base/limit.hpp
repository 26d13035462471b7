// The limits of one tenant, by name: for refusals and metrics. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkhead {

enum class Limit : std::uint8_t {
  connections,
  connections_per_second,
  commands_per_second,
  bytes_per_second,
  commands_by_category,
  pipeline,
  request_bytes,
  value_bytes,
  reply_bytes,
  blocked_clients,
  subscriptions,
  pinned,
  keys,
  memory,
};
inline constexpr std::size_t kLimits = static_cast<std::size_t>(Limit::memory) + 1;

// As in the configuration, and in bulkhead_limit_refusals_total{limit="commands_per_second"}.
std::string_view label(Limit limit);

}  // namespace bulkhead
