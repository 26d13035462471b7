// EVAL, EVALSHA and SCRIPT: a tenant's scripts, each under the shim and inside the fence.
// Coroutines of one session. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::session {

class Transaction;

Awaitable<void> talk_eval(Conversation& talk);
Awaitable<void> talk_evalsha(Conversation& talk);
Awaitable<void> talk_script_load(Conversation& talk);
Awaitable<void> talk_script_exists(Conversation& talk);
Awaitable<void> talk_script_flush(Conversation& talk);
Awaitable<void> talk_script_kill(Conversation& talk);

// A script's or function's call as it goes upstream, in a transaction or outside of one.
struct ScriptCall {
  std::string own_sha;              // or the function's name
  ScriptBody body;                  // null: a function
  Scripts::WrappedScript wrapped;   // of a function: no text, its name upstream
  std::vector<std::string> hidden;  // arguments behind the client's own
  route::Route route;
  command::Names names;

  bool is_function() const { return body == nullptr; }
};

// Everything about the call but the lane. In a transaction it may be one that is in there already.
// Refused: NOSCRIPT, a wrong number of keys, keys on two backends.
Result<ScriptCall> read_script_call(Context& context, const request::Snapshot& snapshot,
                                    const tenant::ClientState& client, const command::Row& row,
                                    const resp::Args& args,
                                    const std::vector<std::shared_ptr<upstream::Backend>>& backends,
                                    const Transaction* within = nullptr);

// The command for a lane, with the body or with its digest. It refers to `scratch`.
Result<rewrite::TenantCommand> script_command(const ScriptCall& call,
                                              const request::Snapshot& snapshot,
                                              const tenant::ClientState& client,
                                              const command::Row& row, const resp::Args& args,
                                              bool with_body, request::Scratch& scratch);

// Sends it and awaits the reply.
Awaitable<Result<std::string>> send_script(Conversation& talk, const ScriptCall& call,
                                           const std::shared_ptr<upstream::Fence>& fence,
                                           bool with_body);

// All workers know the script from now on.
Awaitable<void> introduce(Conversation& talk, std::string sha, ScriptBody body);

// The backend does not take the script for one.
bool is_compile_error(std::string_view reply);

// An error in reply to a script or function: the client's own digest or name, no prefix; the
// fence's alarm.
void append_script_error(Context& context, const tenant::Tenant& tenant,
                         metrics::TenantCounters& counters, std::string_view reply,
                         std::string_view wrapped_sha, std::string_view own_sha, Buffer& out);

}  // namespace bulkhead::session
