// The fence: what the tenant's own ACL user may do upstream, whatever a script tries. Made from the
// same rows as the shim. Pure functions.
#pragma once

#include "bulkhead/rewrite/script_shape.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::rewrite::script {

// Which lanes the user is for: those of scripts, or all of the tenant's.
enum class Fenced { scripts, everything };

// "bulkhead:<tenant>": tenants' names hold no colon, so no two collide, and an operator who names a
// user so means to.
std::string fence_user(const tenant::Tenant& tenant);

// The words of ACL SETUSER behind the user's name: everything is taken away first. `credential` is
// ">password" or "#" and its SHA-256.
std::vector<std::string> fence_rules(const tenant::Tenant& tenant, const Shape& shape,
                                     Fenced fenced, std::string_view credential);

}  // namespace bulkhead::rewrite::script
