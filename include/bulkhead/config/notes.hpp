// What is no mistake in a configuration, but worth to be told: passwords that are over. Any thread.
#pragma once

#include "bulkhead/config/load.hpp"

namespace bulkhead::config {

// One sentence for each password that has expired, and for each user who has no other.
Problems expired_passwords(const Config& config, WallTime now);

}  // namespace bulkhead::config
