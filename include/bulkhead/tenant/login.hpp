// What AUTH and HELLO are about: credentials, the circumstances under which they are given, and
// what came of it. Values.
#pragma once

#include "bulkhead/tenant/tenant.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::tenant {

// The better one first.
enum class LoginResult : std::uint8_t {
  ok,
  source,   // the right password, from where that user must not come
  expired,  // a password that was right once
  wrong,
  banned,  // not looked at: too many were wrong
};
inline constexpr std::size_t kLoginResults = static_cast<std::size_t>(LoginResult::banned) + 1;

// "ok", "source_refused", "expired", "wrong", "banned": for logs and metrics.
std::string_view label(LoginResult result);

struct Credentials {
  std::optional<std::string_view> user;
  std::string_view password;
};

struct Circumstances {
  std::optional<IpAddress> source;  // none: a unix socket
  WallTime time{};
  const Tenant* confined_to = nullptr;  // by the listener
};

struct Login {
  LoginResult result;
  const User* user;  // also when it may not log in: whose name, or password, it was
};

}  // namespace bulkhead::tenant
