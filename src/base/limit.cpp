#include "bulkhead/base/limit.hpp"

#include <array>

namespace bulkhead {

std::string_view label(Limit limit) {
  static constexpr std::array<std::string_view, kLimits> kLabels = {
      "connections",
      "connections_per_second",
      "commands_per_second",
      "bytes_per_second",
      "commands_by_category",
      "pipeline",
      "request_bytes",
      "value_bytes",
      "reply_bytes",
      "blocked_clients",
      "subscriptions",
      "pinned",
      "keys",
      "memory",
  };
  return kLabels[static_cast<std::size_t>(limit)];
}

}  // namespace bulkhead
