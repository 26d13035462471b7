// Tenants' libraries of functions: one line of Lua behind the first one scopes them as it does
// scripts (script_shim.hpp), and the names of libraries and functions get a tag of the tenant's, so
// that each has its own. Redis keeps the wrapped text; the client's own can be had from it. Pure
// functions.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/rewrite/script_shim.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::rewrite::script {

// In front of every name of the tenant's libraries and functions: of letters and digits, of one
// length, and no tenant's begins another's.
std::string library_tag(const tenant::Tenant& tenant);

// The library's name, from its first line; refused in Redis' words.
Result<std::string> library_name(std::string_view code);

// The text for FUNCTION LOAD. `code` has a name. Nested as Shim::wrap_nested().
std::string wrap_library(const Shim& shim, const tenant::Tenant& tenant, std::string_view code,
                         bool nested);

struct UnwrappedLibrary {
  std::string code;  // the client's own, byte for byte
  std::string mark;  // of the shim that wrapped it
};
// Nothing when it is no text of ours.
std::optional<UnwrappedLibrary> unwrap_library(std::string_view text);

inline constexpr std::size_t kHiddenArguments = 3;
// What goes behind the client's own arguments of FCALL, one by one; wrapped functions take it away.
std::array<std::string, kHiddenArguments> hidden_arguments(const Shim& shim,
                                                           const tenant::Tenant& tenant,
                                                           Start start);

// What a function says, instead of running, when its library was wrapped by another shim.
inline constexpr std::string_view kStaleLibrary = "BULKHEADSTALE the library is wrapped otherwise";

// Takes the tag out of a line of Redis' own about libraries and functions.
void remove_tag(std::string& line, std::string_view tag);

}  // namespace bulkhead::rewrite::script
