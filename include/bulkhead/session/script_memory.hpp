// What tenants' scripts take of a backend's memory: Redis keeps every script until it is told to
// forget all of them. It is told when they are too much; those in use are sent again, and no client
// notices. Functions of one worker.
#pragma once

#include "bulkhead/session/context.hpp"

#include <memory>

namespace bulkhead::session {

// The backend has compiled this one.
void note_compiled(Context& context, const std::shared_ptr<upstream::Backend>& backend,
                   const rewrite::script::Wrapped& script);

// Looks at what the backend says of its memory, when it has said so anew.
void bound_script_memory(Context& context, const std::shared_ptr<upstream::Backend>& backend);

}  // namespace bulkhead::session
