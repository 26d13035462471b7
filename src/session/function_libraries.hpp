// A tenant's libraries of functions on one backend: finding, loading, and wrapping them anew when
// the shim has changed. Redis alone knows them; nothing is remembered here. Coroutines of one
// worker. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::session {

struct Function {
  std::string name;
  std::optional<std::string> description;
  std::vector<std::string> flags;
};
struct Library {
  std::string name, engine;
  std::vector<Function> functions;
  std::string code;  // the client's own
  std::string mark;  // of the shim that wrapped it
};

// One command of the proxy's own; refused only when there is no reply.
Awaitable<Result<std::string>> ask_about_functions(Context& context, upstream::Backend& backend,
                                                   const tenant::Tenant& tenant,
                                                   std::vector<std::string> words);

// An error reply without its frame and the tenant's tag.
std::string error_line(std::string_view reply, const tenant::Tenant& tenant);

// Those whose names match the pattern; without `code` the last two members are empty.
Awaitable<Result<std::vector<Library>>> find_libraries(Context& context, upstream::Backend& backend,
                                                       const tenant::Tenant& tenant,
                                                       std::string pattern, bool code);

// Redis' reply to FUNCTION LOAD, in the tenant's names.
Awaitable<Result<std::string>> load_library(Conversation& talk, std::uint16_t backend,
                                            std::string code, bool replace);

// Wraps those libraries anew that another shim has wrapped: the configuration has changed, or the
// proxy. Their own state, in locals, begins anew.
Awaitable<void> renew_libraries(Conversation& talk, std::uint16_t backend);
// The same, unless this worker has done so since it got its configuration.
Awaitable<void> renew_libraries_once(Conversation& talk, std::uint16_t backend);

}  // namespace bulkhead::session
