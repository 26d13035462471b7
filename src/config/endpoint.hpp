// Reads an address as it is written in the configuration. Resolves no names. Any thread.
#pragma once

#include "bulkhead/config/config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::config {

// Why not, as the rest of a sentence that begins with the address; or nothing, and `out` is set.
std::optional<std::string> parse_endpoint(std::string_view text, Endpoint& out);

}  // namespace bulkhead::config
