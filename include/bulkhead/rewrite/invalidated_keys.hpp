// The keys of an invalidation, as their tenant calls them. Pure.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <cstddef>
#include <string_view>

namespace bulkhead::rewrite {

struct InvalidatedKeys {
  std::size_t own = 0;
  std::size_t foreign = 0;  // left out
  bool all = false;         // no array: everything is gone
  Buffer wire;              // what the client is told, framed
};

// `keys`: an array of bulk strings, or a null, which stays as it is.
InvalidatedKeys clients_keys(std::string_view keys, const tenant::Tenant& tenant);

}  // namespace bulkhead::rewrite
