// What a backend's own words say of its condition. Private to the module; pure functions.
#pragma once

#include "bulkhead/metrics/condition.hpp"

#include <cstdint>
#include <string_view>

namespace bulkhead::upstream {

class Facts;

// By its answer to PING.
metrics::Condition condition_of_reply(std::string_view reply);
// By its INFO, when it has answered PING well. `ooms` are the writes that it had refused for want
// of memory at the last time; negative: not known.
metrics::Condition condition_of_info(const Facts& facts, std::int64_t& ooms);

}  // namespace bulkhead::upstream
