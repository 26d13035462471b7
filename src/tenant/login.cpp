#include "bulkhead/tenant/login.hpp"

#include <array>

namespace bulkhead::tenant {

std::string_view label(LoginResult result) {
  static constexpr std::array<std::string_view, kLoginResults> kLabels = {
      "ok", "source_refused", "expired", "wrong", "banned"};
  return kLabels[static_cast<std::size_t>(result)];
}

}  // namespace bulkhead::tenant
