// The check that needs all tenants at once: no prefix begins another. Called by load().
#pragma once

#include "bulkhead/config/load.hpp"

namespace bulkhead::config {

// Names that two tenants could both claim are a breach, so every expanded prefix is compared with
// every other one, in n log n steps. Also reports prefixes that are too long when expanded.
void check_prefixes(const Config& config, Problems& problems);

}  // namespace bulkhead::config
