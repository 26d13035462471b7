// Patterns that would keep a server busy: long ones, and ones with many wildcards. Matching
// "a*a*a*a*b" takes time that grows with each star. Private to the module; pure.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/resp/args.hpp"

#include <optional>
#include <string_view>

namespace bulkhead::request {

// Runs of '*' in it that are wildcards.
std::size_t stars_in(std::string_view pattern);

// For rows that search.
std::optional<Refusal> refused_pattern(const command::Row& row, const resp::Args& args,
                                       const config::Limits& limits);

}  // namespace bulkhead::request
