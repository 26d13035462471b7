// Password hashes as Redis' ACL keeps them. Pure functions over OpenSSL.
#pragma once

#include "bulkhead/config/config.hpp"

#include <span>
#include <string>
#include <string_view>

namespace bulkhead::tenant {

config::Password hash_password(std::string_view password);

// "#" and 64 hex digits, as it stands in the configuration.
std::string written_hash(const config::Password& password);

// Whether one of the hashes is that of the password. Takes the same time whichever it is.
bool matches_any(std::span<const config::Password> hashes, const config::Password& tried);

}  // namespace bulkhead::tenant
