// SCAN cursors as tenants see them: which database, and Redis' own cursor there, sealed with a key
// of the tenant's. Stateless, so that any worker of any proxy can go on; of no use to another
// tenant; below 2^53, because some clients read them as floating point numbers. Pure functions.
#pragma once

#include <cstdint>
#include <optional>

namespace bulkhead::rewrite {

struct Cursor {
  std::uint32_t place = 0;     // index in the client's list of places
  std::uint64_t upstream = 0;  // Redis' cursor in that database
  bool operator==(const Cursor&) const = default;
};

inline constexpr std::uint64_t kUpstreamCursorMax = (std::uint64_t{1} << 37) - 1;
inline constexpr std::uint32_t kCursorPlaces = 64;

// Never 0, which means "from the start" and "at the end". Nothing when the cursor is too large.
std::optional<std::uint64_t> seal(const Cursor& cursor, std::uint64_t key);

// Nothing when it was not sealed with this key (but for one guess in a thousand).
std::optional<Cursor> unseal(std::uint64_t sealed, std::uint64_t key);

}  // namespace bulkhead::rewrite
