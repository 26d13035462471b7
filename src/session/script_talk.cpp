#include "script_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/request/script_plan.hpp"
#include "bulkhead/rewrite/reply_rewriter.hpp"
#include "bulkhead/session/ask_all.hpp"
#include "bulkhead/session/script_fence.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <functional>

namespace bulkhead::session {
namespace {

using rewrite::script::Wrapped;
using upstream::FenceUser;

constexpr std::string_view kNotLoaded = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
constexpr std::string_view kTooManyLocals = "main function has more than 200 local variables";
constexpr std::string_view kFenceSays = "-ERR The user executing the script can't ";
constexpr std::size_t kShaLength = 40;

bool is_compile_error(std::string_view reply) {
  return reply.starts_with("-ERR Error compiling script");
}
bool was_killed(std::string_view reply) {
  return reply.starts_with('-') &&
         reply.find("Script killed by user with SCRIPT KILL") != reply.npos;
}

// Counts a tenant's scripts under way, for SCRIPT KILL.
class Running {
 public:
  Running(Context& context, const std::string& tenant) : context_(context), tenant_(tenant) {
    ++context_.scripts.running[tenant_];
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    const auto found = context_.scripts.running.find(tenant_);
    if (--found->second == 0) context_.scripts.running.erase(found);
  }

 private:
  Context& context_;
  const std::string tenant_;
};

upstream::Lane& lane_of(Conversation& talk, const std::optional<FenceUser>& user,
                        route::Place place) {
  if (!user) return talk.lane_in_clients_protocol(place);
  return talk.backends[place.backend]->fenced_lane(*user, place.db, talk.client.resp3);
}

// Kills whatever script runs, when this one is not over in time. Redis listens to it only once a
// script has been running for its busy-reply-threshold, and not after the script has written.
Awaitable<void> kill_late(Context& context, std::shared_ptr<upstream::Backend> backend,
                          tenant::Tenant tenant, Milliseconds time,
                          std::shared_ptr<const bool> over) {
  Timer timer(context.io.get_executor(), time);
  co_await timer.async_wait(kAwait);
  if (*over) co_return;
  context.log.warning("script_too_long", {{"tenant", tenant.name}, {"limit_ms", time.count()}});
  const std::vector<rewrite::Word> words = {{"SCRIPT"}, {"KILL"}};
  const boost::intrusive_ptr<upstream::Call> call(new upstream::Call(context.io, 4096));
  call->send(backend->own_lane(), rewrite::own_command(tenant, 0, words));
  co_await call->reply();
}

void watch_over(Conversation& talk, std::uint16_t backend, std::shared_ptr<const bool> over) {
  const Milliseconds time = talk.snapshot.config.limits.script_time;
  if (time.count() == 0) return;
  asio::co_spawn(
      talk.context.io,
      kill_late(talk.context, talk.backends[backend], *talk.client.tenant, time, std::move(over)),
      asio::detached);
}

void note_killed(Conversation& talk) {
  const std::string& tenant = talk.client.tenant->name;
  talk.counters.scripts_killed.add();
  talk.context.log.warning("script_killed", {{"tenant", tenant}, {"client", talk.client.address}});
  const Milliseconds penalty = talk.snapshot.config.limits.script_penalty;
  if (penalty.count() != 0) talk.context.scripts.denied_until[tenant] = Clock::now() + penalty;
}

bool is_denied(Conversation& talk) {
  auto& denied = talk.context.scripts.denied_until;
  const auto found = denied.find(talk.client.tenant->name);
  if (found == denied.end()) return false;
  if (Clock::now() < found->second) return true;
  denied.erase(found);
  return false;
}

std::vector<std::string_view> keys_of(const ScriptCall& call, const resp::Args& args) {
  std::vector<std::string_view> keys;
  for (const command::Name& name : call.names) keys.push_back(args[name.arg]);
  return keys;
}

// Tells all workers of a script, and waits until they know.
Awaitable<void> introduce_and_wait(Conversation& talk, const ScriptCall& call) {
  const std::string tenant = talk.client.tenant->name;
  const config::Limits limits = talk.snapshot.config.limits;
  const std::string sha = call.own_sha;
  const ScriptBody body = call.body;
  const std::function<int(Context&)> add = [tenant, sha, body, limits](Context& worker) {
    worker.scripts.sets.add(tenant, sha, body, limits);
    return 0;
  };
  co_await ask_all(talk.context.io, *talk.context.peers, add);
}

// Sends the call and awaits its reply. Nothing else of this client is under way, so that a script
// that the backend has forgotten may be sent again.
Awaitable<Result<std::string>> run(Conversation& talk, ScriptCall& call,
                                   const std::optional<FenceUser>& user, bool with_body) {
  request::Scratch scratch;
  const auto command =
      script_command(call, talk.snapshot, talk.client, talk.row, talk.args, with_body, scratch);
  if (!command) co_return command.error();
  const auto sent = talk.call(talk.snapshot.config.limits.client_output);
  sent->send(lane_of(talk, user, call.route.place), *command);
  const auto reply = co_await sent->reply();
  if (!reply) co_return reply.error();
  co_return std::string(*reply);
}

Awaitable<Result<std::string>> run_whole(Conversation& talk, ScriptCall& call,
                                         const std::optional<FenceUser>& user, bool known) {
  const auto over = std::make_shared<bool>(false);
  watch_over(talk, call.route.place.backend, over);
  const Running running(talk.context, talk.client.tenant->name);
  auto reply = co_await run(talk, call, user, !known);
  if (reply && *reply == kNotLoaded) reply = co_await run(talk, call, user, true);
  if (reply && is_compile_error(*reply) && reply->find(kTooManyLocals) != reply->npos) {
    const auto start = request::script_start(talk.snapshot, talk.client, keys_of(call, talk.args));
    const auto& shim =
        talk.context.scripts.shim(talk.snapshot, *talk.client.tenant, call.route.place.backend,
                                  *talk.backends[call.route.place.backend]);
    call.wrapped = std::make_shared<const Wrapped>(shim.wrap_nested(*call.body, start.start));
    reply = co_await run(talk, call, user, true);
  }
  *over = true;
  co_return reply;
}

Awaitable<void> talk_call(Conversation& talk) {
  if (is_denied(talk)) {
    co_return talk.writer().error(refuse::scripts_refused("one of them ran too long"));
  }
  auto call = read_script_call(talk.context, talk.snapshot, talk.client, talk.row, talk.args,
                               talk.backends);
  if (!call) co_return talk.writer().error(call.error());
  const std::string tenant = talk.client.tenant->name;
  const bool known = talk.context.scripts.sets.find(tenant, call->own_sha) != nullptr;
  const std::uint16_t backend = call->route.place.backend;
  const auto user = co_await prepare_scripts(talk.context, talk.backends[backend], backend,
                                             talk.snapshot, *talk.client.tenant);
  if (!user) co_return talk.writer().error(user.error());
  const auto reply = co_await run_whole(talk, *call, *user, known);
  if (!reply) co_return talk.writer().error(reply.error());
  if (!known && !is_compile_error(*reply)) co_await introduce_and_wait(talk, *call);
  if (was_killed(*reply)) note_killed(talk);
  if (!reply->starts_with('-') && !reply->starts_with('!')) co_return talk.out.append(*reply);
  append_script_error(talk.context, *talk.client.tenant, talk.counters, *reply, call->wrapped->sha,
                      call->own_sha, talk.out);
}

}  // namespace

Result<ScriptCall> read_script_call(
    Context& context, const request::Snapshot& snapshot, const tenant::ClientState& client,
    const command::Row& row, const resp::Args& args,
    const std::vector<std::shared_ptr<upstream::Backend>>& backends) {
  ScriptCall call;
  if (auto found = command::find_names(row, args, call.names); !found) return found.error();
  if (row.action == command::Action::script_evalsha) {
    call.own_sha = lowered(args[1]);
    if (call.own_sha.size() != kShaLength) return refuse::no_script();
    call.body = context.scripts.sets.find(client.tenant->name, call.own_sha);
    if (call.body == nullptr) return refuse::no_script();
  } else {
    call.own_sha = rewrite::script::sha1_hex(args[1]);
    call.body = context.scripts.sets.find(client.tenant->name, call.own_sha);
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
  call.wrapped = context.scripts.wrapped(shim, call.own_sha, *call.body, start.start);
  return call;
}

Result<rewrite::TenantCommand> script_command(const ScriptCall& call,
                                              const request::Snapshot& snapshot,
                                              const tenant::ClientState& client,
                                              const command::Row& row, const resp::Args& args,
                                              bool with_body, request::Scratch& scratch) {
  const bool read_only = (row.flags & command::kReadonly) != 0;
  std::string word = with_body ? "EVAL" : "EVALSHA";
  if (read_only) word += "_RO";
  scratch.rebuilt = resp::OwnedArgs{word, with_body ? call.wrapped->text : call.wrapped->sha};
  for (std::size_t i = 2; i < args.size(); ++i) scratch.rebuilt.add(args[i]);
  scratch.rebuilt.add(rewrite::script::hidden_argument(*client.tenant));
  scratch.scoped.clear();
  for (const command::Name& name : call.names) {
    const auto route = snapshot.router.route(client, args[name.arg]);
    scratch.scoped.push_back({name.arg, name.kind, route.feature});
  }
  return rewrite::scope_to_tenant(*client.tenant, scratch.rebuilt.view(), scratch.scoped,
                                  scratch.prefixed);
}

void introduce(Context& context, const std::string& tenant, const ScriptCall& call) {
  if (context.scripts.sets.find(tenant, call.own_sha) != nullptr) return;
  const config::Limits limits = context.snapshot->config.limits;
  // Here at once: the client's next command may name the digest.
  context.scripts.sets.add(tenant, call.own_sha, call.body, limits);
  for (Context* peer : *context.peers) {
    if (peer == &context) continue;
    asio::post(peer->io, [peer, tenant, limits, sha = call.own_sha, body = call.body] {
      peer->scripts.sets.add(tenant, sha, body, limits);
    });
  }
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
  const auto user = co_await prepare_scripts(talk.context, talk.backends[backend], backend,
                                             talk.snapshot, *talk.client.tenant);
  if (!user) co_return talk.writer().error(user.error());
  const auto& shim = talk.context.scripts.shim(talk.snapshot, *talk.client.tenant, backend,
                                               *talk.backends[backend]);
  const auto wrapped = shim.wrap(*call.body, start.start);
  const std::vector<rewrite::Word> words = {{"SCRIPT"}, {"LOAD"}, {wrapped.text}};
  const auto sent = talk.call(talk.snapshot.config.limits.client_output);
  sent->send(lane_of(talk, *user, start.route.place),
             rewrite::own_command(*talk.client.tenant, 0, words));
  const auto reply = co_await sent->reply();
  if (!reply) co_return talk.writer().error(reply.error());
  const bool fits = !reply->starts_with('-') || reply->find(kTooManyLocals) != reply->npos;
  if (!fits) {
    co_return append_script_error(talk.context, *talk.client.tenant, talk.counters, *reply,
                                  wrapped.sha, call.own_sha, talk.out);
  }
  co_await introduce_and_wait(talk, call);
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
  const auto call = talk.call(4096);
  const auto place = talk.snapshot.router.channels().place;
  call->send(talk.backends[place.backend]->own_lane(),
             rewrite::own_command(*talk.client.tenant, 0, words));
  const auto reply = co_await call->reply();
  if (!reply) co_return talk.writer().error(reply.error());
  talk.out.append(*reply);
}

}  // namespace bulkhead::session
