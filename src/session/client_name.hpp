// What a client may call itself: no spaces, newlines or special characters (networking.c,
// validateClientAttr). Names are labels only and never say who a client is.
#pragma once

#include <algorithm>
#include <string_view>

namespace bulkhead::session {

inline bool valid_client_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
}

}  // namespace bulkhead::session
