#include "script_watch.hpp"

#include "ask.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <string>

namespace bulkhead::session {

struct ScriptWatch::Run {
  std::shared_ptr<upstream::Backend> backend;
  std::string tenant;
  Milliseconds time{};
  Instant since{};
  bool over = false;
  bool killed = false;  // we have asked for it
};

namespace {

bool was_killed(std::string_view reply) {
  return reply.starts_with('-') &&
         reply.find("Script killed by user with SCRIPT KILL") != reply.npos;
}

// Redis runs one script at a time: one that stood behind another has run only since that one ended,
// as far as we know when that was.
Instant begun(Context& context, const upstream::Backend& backend, Instant sent) {
  const auto found = context.scripts.free_since.find(backend.settings().name);
  return found == context.scripts.free_since.end() ? sent : std::max(sent, found->second);
}

// Kills whatever script runs, when this one is not over in time. Redis listens to it only once a
// script has been running for its busy-reply-threshold, and not after the script has written.
template <class Run>
Awaitable<void> kill_late(Context& context, std::shared_ptr<Run> run) {
  Timer timer(context.io.get_executor());
  while (!run->over) {
    const Instant until = begun(context, *run->backend, run->since) + run->time;
    if (Clock::now() < until) {
      timer.expires_at(until);
      co_await timer.async_wait(kAwait);
      continue;
    }
    run->killed = true;
    context.log.warning("script_too_long",
                        {{"tenant", run->tenant}, {"limit_ms", run->time.count()}});
    const std::vector<rewrite::Word> words = {{"SCRIPT"}, {"KILL"}};
    const std::string reply = co_await ask(context, *run->backend, words);
    if (reply.starts_with("-UNKILLABLE")) {
      context.log.warning("script_unkillable", {{"tenant", run->tenant}});
      co_return;
    }
    run->since = Clock::now();
  }
}

}  // namespace

ScriptWatch::ScriptWatch(Conversation& talk, const std::shared_ptr<upstream::Backend>& backend)
    : talk_(talk), run_(std::make_shared<Run>()) {
  run_->backend = backend;
  run_->tenant = talk.client.tenant->name;
  run_->time =
      talk.client.tenant->limits->script_time.value_or(talk.snapshot.config.limits.script_time);
  run_->since = Clock::now();
  ++talk.context.scripts.running[run_->tenant];
  if (run_->time.count() == 0) return;
  asio::co_spawn(talk.context.io, kill_late(talk.context, run_), asio::detached);
}

ScriptWatch::~ScriptWatch() {
  run_->over = true;
  auto& running = talk_.context.scripts.running;
  const auto found = running.find(run_->tenant);
  if (--found->second == 0) running.erase(found);
}

void ScriptWatch::ended(std::string_view reply) {
  if (!run_->killed || !was_killed(reply)) return;
  talk_.counters.scripts_killed.add();
  talk_.context.log.warning("script_killed",
                            {{"tenant", run_->tenant}, {"client", talk_.client.address}});
  const Instant now = Clock::now();
  const Milliseconds penalty = talk_.snapshot.config.limits.script_penalty;
  for (Context* peer : *talk_.context.peers) {
    asio::post(peer->io, [peer, now, penalty, tenant = run_->tenant,
                          backend = run_->backend->settings().name] {
      peer->scripts.free_since[backend] = now;
      if (penalty.count() != 0) peer->scripts.denied_until[tenant] = now + penalty;
    });
  }
}

bool may_not_run_scripts(Context& context, const tenant::Tenant& tenant) {
  auto& denied = context.scripts.denied_until;
  const auto found = denied.find(tenant.name);
  if (found == denied.end()) return false;
  if (Clock::now() < found->second) return true;
  denied.erase(found);
  return false;
}

}  // namespace bulkhead::session
