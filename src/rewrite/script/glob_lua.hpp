// A glob pattern of the configuration as a Lua expression that is true of the same keys: what
// route::FeatureMatcher decides and what the shim decides must agree. Private to the module.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::rewrite::script {

// A condition on `k`, the key, and `h`, its front up to the first ':' (where it has one).
// `helper` is set when it calls g() of shim_lua.hpp.
std::string glob_condition(std::string_view glob, bool& helper);

}  // namespace bulkhead::rewrite::script
