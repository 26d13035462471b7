// AUTH's and HELLO's credentials: whether they are looked at, and what came of it. Private to the
// module.
#pragma once

#include "bulkhead/session/answers.hpp"

#include <optional>
#include <string_view>

namespace bulkhead::session {

// Who that is, or null; the attempt stands in the question's effects either way.
const tenant::User* log_in(Question& question, std::optional<std::string_view> user,
                           std::string_view password);

}  // namespace bulkhead::session
