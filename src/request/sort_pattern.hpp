// What SORT's BY and GET read: "weight_*->field" reads keys like "weight_*", a pattern without '*'
// reads none (sort.c, lookupKeyByPattern). Private to the module.
#pragma once

#include <string_view>

namespace bulkhead::request {

// The pattern's key part; empty when no key is read.
inline std::string_view key_in_sort_pattern(std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return {};
  return pattern.substr(0, pattern.find("->", star));
}

}  // namespace bulkhead::request
