// How the replies to the parts of a split command become one reply: by the row's rule.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/request/plan.hpp"
#include "bulkhead/resp/writer.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::session {

// Which of the client's names each part holds, counted from 0.
using Positions = std::vector<std::vector<std::uint32_t>>;
Positions positions_of(const std::vector<request::Part>& parts);

// Whole replies, one per part. An error in one of them is the answer.
void merge(command::Merge rule, std::span<const std::string_view> replies,
           const Positions& positions, const tenant::Tenant& tenant, bool resp3, Buffer& out);

}  // namespace bulkhead::session
