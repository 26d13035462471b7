// Dates as people write them in the configuration: when a password ends. Any thread.
#pragma once

#include "bulkhead/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::config {

// "2026-12-31" (its first moment, in UTC), or with a time and its zone: "2026-12-31T18:00Z",
// "2026-12-31 18:00:00+02:00". A fraction of a second is cut off. Nothing when it is neither: a
// time without a zone would be another moment on another machine.
std::optional<WallTime> parse_moment(std::string_view text);

// "2026-12-31T18:00:00Z".
std::string moment_text(WallTime moment);

}  // namespace bulkhead::config
