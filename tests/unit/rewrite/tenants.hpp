// Tenants made by hand, and rewriting in one call, for the tests of this module.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/glob.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace bulkhead::rewrite {

inline tenant::Tenant tenant_with(std::initializer_list<std::string_view> prefixes,
                                  config::PrefixMode mode = config::PrefixMode::add) {
  tenant::Tenant tenant;
  tenant.name = "acme";
  tenant.prefix_mode = mode;
  for (std::string_view prefix : prefixes) {
    tenant.prefixes.push_back({std::string(prefix), glob_escaped(prefix)});
  }
  return tenant;
}

inline std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

}  // namespace bulkhead::rewrite
