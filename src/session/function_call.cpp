// FCALL and FCALL_RO.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/rewrite/script_library.hpp"
#include "bulkhead/session/script_fence.hpp"
#include "function_libraries.hpp"
#include "function_talk.hpp"
#include "script_talk.hpp"
#include "script_watch.hpp"

namespace bulkhead::session {
namespace {

bool is_stale(std::string_view reply) {
  return reply.starts_with('-') && reply.substr(1).starts_with(rewrite::script::kStaleLibrary);
}

Awaitable<Result<std::string>> run(Conversation& talk, const ScriptCall& call,
                                   const std::shared_ptr<upstream::Fence>& fence) {
  ScriptWatch watch(talk, talk.backends[call.route.place.backend], ScriptWatch::Over::function);
  auto reply = co_await send_script(talk, call, fence, false);
  // It has not run, so it may be sent again.
  if (reply && is_stale(*reply)) {
    co_await renew_libraries(talk, call.route.place.backend);
    reply = co_await send_script(talk, call, fence, false);
  }
  if (reply) watch.ended(*reply);
  co_return reply;
}

}  // namespace

Awaitable<void> talk_fcall(Conversation& talk) {
  if (may_not_run_scripts(talk.context, *talk.client.tenant)) {
    co_return talk.writer().error(refuse::scripts_refused("one of them ran too long"));
  }
  const auto call = read_script_call(talk.context, talk.snapshot, talk.client, talk.row, talk.args,
                                     talk.backends);
  if (!call) co_return talk.writer().error(call.error());
  const auto fence = co_await prepare_scripts(
      talk.context, talk.backends[call->route.place.backend], talk.snapshot, *talk.client.tenant);
  if (!fence) co_return talk.writer().error(fence.error());
  const auto reply = co_await run(talk, *call, *fence);
  if (!reply) co_return talk.writer().error(reply.error());
  if (!reply->starts_with('-') && !reply->starts_with('!')) co_return talk.out.append(*reply);
  append_script_error(talk.context, *talk.client.tenant, talk.counters, *reply, call->wrapped->sha,
                      call->own_sha, talk.out);
}

}  // namespace bulkhead::session
