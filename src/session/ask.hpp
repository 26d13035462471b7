// One command of the proxy's own to a backend, for its text. Private to the module.
#pragma once

#include "bulkhead/session/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::session {

// Its reply, or why there is none in the form of one. On the backend's own lane.
Awaitable<std::string> ask(Context& context, upstream::Backend& backend,
                           std::vector<rewrite::Word> words);

// What an error reply says; of another, its first line.
std::string first_line(std::string_view reply);

}  // namespace bulkhead::session
