#include "script_talk.hpp"

#include "ask.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/request/script_plan.hpp"
#include "bulkhead/rewrite/reply_rewriter.hpp"
#include "bulkhead/rewrite/script_library.hpp"
#include "bulkhead/session/ask_all.hpp"
#include "bulkhead/session/script_fence.hpp"
#include "bulkhead/session/script_memory.hpp"
#include "bulkhead/session/transaction.hpp"
#include "script_watch.hpp"

#include <functional>

namespace bulkhead::session {
namespace {

using rewrite::script::Wrapped;
using FencePtr = std::shared_ptr<upstream::Fence>;

constexpr std::string_view kNotLoaded = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
constexpr std::string_view kTooManyLocals = "main function has more than 200 local variables";
constexpr std::string_view kFenceSays = "-ERR The user executing the script can't ";
constexpr std::size_t kShaLength = 40;

upstream::Asker asker_of(const Conversation& talk) {
  return {talk.client.address, talk.row.name, true};
}

upstream::Lane& lane_of(Conversation& talk, const FencePtr& fence, route::Place place) {
  if (fence == nullptr) return talk.lane_in_clients_protocol(place);
  return fence->lane(place.db, talk.client.resp3, talk.client.id);
}

std::vector<std::string_view> keys_of(const ScriptCall& call, const resp::Args& args) {
  std::vector<std::string_view> keys;
  for (const command::Name& name : call.names) keys.push_back(args[name.arg]);
  return keys;
}

// Nothing else of this client is under way, so that a script that the backend has forgotten may be
// sent again.
Awaitable<Result<std::string>> run_whole(Conversation& talk, ScriptCall& call,
                                         const FencePtr& fence, bool known) {
  ScriptWatch watch(talk, talk.backends[call.route.place.backend]);
  auto reply = co_await send_script(talk, call, fence, !known);
  if (reply && *reply == kNotLoaded) reply = co_await send_script(talk, call, fence, true);
  if (reply && is_compile_error(*reply) && reply->find(kTooManyLocals) != reply->npos) {
    const auto start = request::script_start(talk.snapshot, talk.client, keys_of(call, talk.args));
    const auto& shim =
        talk.context.scripts.shim(talk.snapshot, *talk.client.tenant, call.route.place.backend,
                                  *talk.backends[call.route.place.backend]);
    call.wrapped = std::make_shared<const Wrapped>(shim.wrap_nested(*call.body, start.start));
    reply = co_await send_script(talk, call, fence, true);
  }
  if (reply) watch.ended(*reply);
  co_return reply;
}

Awaitable<void> talk_call(Conversation& talk) {
  if (may_not_run_scripts(talk.context, *talk.client.tenant)) {
    co_return talk.writer().error(refuse::scripts_refused("one of them ran too long"));
  }
  auto call = read_script_call(talk.context, talk.snapshot, talk.client, talk.row, talk.args,
                               talk.backends);
  if (!call) co_return talk.writer().error(call.error());
  const std::string tenant = talk.client.tenant->name;
  const bool known = talk.context.scripts.sets.find(tenant, call->own_sha) != nullptr;
  const auto fence = co_await prepare_scripts(
      talk.context, talk.backends[call->route.place.backend], talk.snapshot, *talk.client.tenant);
  if (!fence) co_return talk.writer().error(fence.error());
  const auto reply = co_await run_whole(talk, *call, *fence, known);
  if (!reply) co_return talk.writer().error(reply.error());
  if (!known && !is_compile_error(*reply)) co_await introduce(talk, call->own_sha, call->body);
  if (!reply->starts_with('-') && !reply->starts_with('!')) co_return talk.out.append(*reply);
  append_script_error(talk.context, *talk.client.tenant, talk.counters, *reply, call->wrapped->sha,
                      call->own_sha, talk.out);
}

}  // namespace

bool is_compile_error(std::string_view reply) {
  return reply.starts_with("-ERR Error compiling script");
}

Result<ScriptCall> read_script_call(Context& context, const request::Snapshot& snapshot,
                                    const tenant::ClientState& client, const command::Row& row,
                                    const resp::Args& args,
                                    const std::vector<std::shared_ptr<upstream::Backend>>& backends,
                                    const Transaction* within) {
  ScriptCall call;
  const auto find = [&](const std::string& sha) {
    const ScriptBody known = context.scripts.sets.find(client.tenant->name, sha);
    return known == nullptr && within != nullptr ? within->script(sha) : known;
  };
  if (auto found = command::find_names(row, args, call.names); !found) return found.error();
  if (row.action == command::Action::function_call) {
    call.own_sha = args[1];
  } else if (row.action == command::Action::script_evalsha) {
    call.own_sha = lowered(args[1]);
    if (call.own_sha.size() != kShaLength) return refuse::no_script();
    call.body = find(call.own_sha);
    if (call.body == nullptr) return refuse::no_script();
  } else {
    call.own_sha = rewrite::script::sha1_hex(args[1]);
    call.body = find(call.own_sha);
    if (call.body == nullptr) call.body = std::make_shared<const std::string>(args[1]);
  }
  const auto start = request::script_start(snapshot, client, keys_of(call, args));
  call.route = start.route;
  const std::uint16_t backend = call.route.place.backend;
  for (const command::Name& name : call.names) {
    if (snapshot.router.route(client, args[name.arg]).place.backend != backend) {
      return refuse::cross_db();
    }
  }
  const auto& shim = context.scripts.shim(snapshot, *client.tenant, backend, *backends[backend]);
  if (call.is_function()) {
    const auto hidden = rewrite::script::hidden_arguments(shim, *client.tenant, start.start);
    call.hidden.assign(hidden.begin(), hidden.end());
    const std::string tagged = rewrite::script::library_tag(*client.tenant) + call.own_sha;
    call.wrapped = std::make_shared<const Wrapped>(Wrapped{{}, tagged});
    return call;
  }
  call.hidden = {rewrite::script::hidden_argument(*client.tenant)};
  call.wrapped = context.scripts.wrapped(shim, call.own_sha, *call.body, start.start);
  return call;
}

Result<rewrite::TenantCommand> script_command(const ScriptCall& call,
                                              const request::Snapshot& snapshot,
                                              const tenant::ClientState& client,
                                              const command::Row& row, const resp::Args& args,
                                              bool with_body, request::Scratch& scratch) {
  const bool read_only = (row.flags & command::kReadonly) != 0;
  with_body = with_body && !call.is_function();
  std::string word = call.is_function() ? "FCALL" : with_body ? "EVAL" : "EVALSHA";
  if (read_only) word += "_RO";
  scratch.rebuilt = resp::OwnedArgs{word, with_body ? call.wrapped->text : call.wrapped->sha};
  for (std::size_t i = 2; i < args.size(); ++i) scratch.rebuilt.add(args[i]);
  for (const std::string& hidden : call.hidden) scratch.rebuilt.add(hidden);
  scratch.scoped.clear();
  for (const command::Name& name : call.names) {
    const auto route = snapshot.router.route(client, args[name.arg]);
    scratch.scoped.push_back({name.arg, name.kind, route.feature});
  }
  return rewrite::scope_to_tenant(*client.tenant, scratch.rebuilt.view(), scratch.scoped,
                                  scratch.prefixed);
}

Awaitable<void> introduce(Conversation& talk, std::string sha, ScriptBody body) {
  const std::string tenant = talk.client.tenant->name;
  const config::Limits limits = talk.snapshot.config.limits;
  const std::function<int(Context&)> add = [tenant, sha, body, limits](Context& worker) {
    worker.scripts.sets.add(tenant, sha, body, limits);
    return 0;
  };
  co_await ask_all(talk.context.io, *talk.context.peers, add);
}

Awaitable<Result<std::string>> send_script(Conversation& talk, const ScriptCall& call,
                                           const FencePtr& fence, bool with_body) {
  request::Scratch scratch;
  const auto command =
      script_command(call, talk.snapshot, talk.client, talk.row, talk.args, with_body, scratch);
  if (!command) co_return command.error();
  const auto sent = talk.call(talk.snapshot.config.limits.client_output);
  sent->ask_for(asker_of(talk));
  sent->send(lane_of(talk, fence, call.route.place), *command);
  const auto reply = co_await sent->reply();
  if (!reply) co_return reply.error();
  if (with_body && !is_compile_error(*reply)) {
    note_compiled(talk.context, talk.backends[call.route.place.backend], *call.wrapped);
  }
  co_return std::string(*reply);
}

void append_script_error(Context& context, const tenant::Tenant& tenant,
                         metrics::TenantCounters& counters, std::string_view reply,
                         std::string_view wrapped_sha, std::string_view own_sha, Buffer& out) {
  if (reply.starts_with(kFenceSays)) {
    counters.fence_trips.add();
    context.log.error("fence_tripped", {{"tenant", tenant.name}, {"script", own_sha}});
  }
  std::string line(reply);
  rewrite::script::restore_sha(line, wrapped_sha, own_sha);
  // Redis tells a function's name as it was registered, in whatever case it was called.
  rewrite::script::remove_tag(line, rewrite::script::library_tag(tenant));
  rewrite::append_error(line, tenant, out);
}

Awaitable<void> talk_eval(Conversation& talk) {
  return talk_call(talk);
}
Awaitable<void> talk_evalsha(Conversation& talk) {
  return talk_call(talk);
}

// Has the backend compile it, wrapped as for a call without keys; the answer is the digest of the
// client's own text.
Awaitable<void> talk_script_load(Conversation& talk) {
  ScriptCall call;
  call.own_sha = rewrite::script::sha1_hex(talk.args[2]);
  call.body = std::make_shared<const std::string>(talk.args[2]);
  const auto start = request::script_start(talk.snapshot, talk.client, {});
  const std::uint16_t backend = start.route.place.backend;
  const auto fence = co_await prepare_scripts(talk.context, talk.backends[backend], talk.snapshot,
                                              *talk.client.tenant);
  if (!fence) co_return talk.writer().error(fence.error());
  const auto& shim = talk.context.scripts.shim(talk.snapshot, *talk.client.tenant, backend,
                                               *talk.backends[backend]);
  const auto wrapped = shim.wrap(*call.body, start.start);
  const std::vector<rewrite::Word> words = {{"SCRIPT"}, {"LOAD"}, {wrapped.text}};
  const auto sent = talk.call(talk.snapshot.config.limits.client_output);
  sent->ask_for(asker_of(talk));
  sent->send(lane_of(talk, *fence, start.route.place),
             rewrite::own_command(*talk.client.tenant, 0, words));
  const auto reply = co_await sent->reply();
  if (!reply) co_return talk.writer().error(reply.error());
  const bool fits = !reply->starts_with('-') || reply->find(kTooManyLocals) != reply->npos;
  if (!fits) {
    co_return append_script_error(talk.context, *talk.client.tenant, talk.counters, *reply,
                                  wrapped.sha, call.own_sha, talk.out);
  }
  if (!reply->starts_with('-')) note_compiled(talk.context, talk.backends[backend], wrapped);
  co_await introduce(talk, call.own_sha, call.body);
  talk.writer().bulk(call.own_sha);
}

Awaitable<void> talk_script_exists(Conversation& talk) {
  talk.writer().array(talk.args.size() - 2);
  for (std::size_t i = 2; i < talk.args.size(); ++i) {
    const auto body =
        talk.context.scripts.sets.find(talk.client.tenant->name, lowered(talk.args[i]));
    talk.writer().integer(body != nullptr ? 1 : 0);
  }
  co_return;
}

Awaitable<void> talk_script_flush(Conversation& talk) {
  const bool mode = talk.args.size() == 3 && (equals_ignoring_case(talk.args[2], "sync") ||
                                              equals_ignoring_case(talk.args[2], "async"));
  if (talk.args.size() > 2 && !mode) {
    co_return talk.writer().error(
        refuse::generic("ERR SCRIPT FLUSH only support SYNC|ASYNC option"));
  }
  const std::string tenant = talk.client.tenant->name;
  const std::function<int(Context&)> forget = [tenant](Context& worker) {
    worker.scripts.sets.forget(tenant);
    return 0;
  };
  co_await ask_all(talk.context.io, *talk.context.peers, forget);
  talk.writer().ok();
}

// Only when a script of this tenant's is under way in some worker.
Awaitable<void> talk_script_kill(Conversation& talk) {
  const std::string tenant = talk.client.tenant->name;
  const std::function<int(Context&)> count = [tenant](Context& worker) {
    const auto found = worker.scripts.running.find(tenant);
    return found == worker.scripts.running.end() ? 0 : found->second;
  };
  int running = 0;
  const std::vector<int> counts = co_await ask_all(talk.context.io, *talk.context.peers, count);
  for (int some : counts) running += some;
  if (running == 0) co_return talk.writer().error(refuse::not_busy());
  const std::vector<rewrite::Word> words = {{"SCRIPT"}, {"KILL"}};
  const auto place = talk.snapshot.router.channels().place;
  talk.out.append(co_await ask(talk.context, *talk.backends[place.backend], words));
}

}  // namespace bulkhead::session
