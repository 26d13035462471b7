// Password hashes as Redis' ACL keeps them. Pure functions over OpenSSL.
#pragma once

#include "bulkhead/config/config.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bulkhead::tenant {

config::Password hash_password(std::string_view password);

// "#" and 64 hex digits, as it stands in the configuration.
std::string written_hash(const config::Password& password);

enum class Match : std::uint8_t { good, expired, none };

// Whether one of the passwords is the one that was tried; a good one counts before an expired one.
// Takes the time of so many comparisons, whichever matches and however many there are.
Match compare(std::span<const config::Password> passwords, const config::Digest& tried,
              WallTime now, std::size_t comparisons);

}  // namespace bulkhead::tenant
