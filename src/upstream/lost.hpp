// Why a lane ended, as clients and the log are told.
#pragma once

#include "bulkhead/metrics/counters.hpp"

#include <string_view>

namespace bulkhead::upstream {

std::string_view sentence(metrics::Lost why);

}  // namespace bulkhead::upstream
