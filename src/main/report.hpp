// What several subcommands tell the operator in the same way.
#pragma once

#include "bulkhead/base/log.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/config/load.hpp"

#include <memory>

namespace bulkhead::commands {

// Writes every problem to standard error and returns the exit status 1.
int report(const config::Problems& problems);

std::unique_ptr<Log> make_log(const config::Logging& settings);

}  // namespace bulkhead::commands
