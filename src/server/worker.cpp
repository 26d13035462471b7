#include "bulkhead/server/worker.hpp"

#include "bulkhead/command/table.hpp"
#include "bulkhead/rewrite/script_fence.hpp"
#include "bulkhead/server/listener.hpp"
#include "bulkhead/session/script_fence.hpp"
#include "bulkhead/session/script_memory.hpp"
#include "bulkhead/session/tenant_fence.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace bulkhead::server {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int kTicksPerSessionCheck = 5;

asio::generic::stream_protocol protocol_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return {address.ss_family, 0};
}

}  // namespace

Worker::Worker(Place place, const Log& log, const metrics::Registry& registry,
               metrics::WorkerCounters& counters, std::shared_ptr<const request::Snapshot> snapshot,
               std::shared_ptr<const metrics::Numbering> numbers)
    : place_(place),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      turn_(io_),
      random_(static_cast<unsigned>(Clock::now().time_since_epoch().count()) +
              static_cast<unsigned>(place.index)),
      context_{io_, turn_, log, registry, counters,    std::move(snapshot), std::move(numbers),
               {},  {},    {},  nullptr,  place.index, &sessions_},
      fanout_(new session::Fanout(context_)),
      overload_(context_, static_cast<std::size_t>(place.count)),
      ticker_(io_.get_executor()) {
  context_.budget.most =
      context_.snapshot->config.limits.process_buffers / static_cast<std::size_t>(place_.count);
  context_.fanout = fanout_.get();
  context_.audit.follow(context_.snapshot->config.audit);
  open_backends();
}

Worker::~Worker() = default;

void Worker::add_listener(int fd, const config::Listener& settings) {
  Door& door =
      *doors_.emplace_back(std::make_unique<Door>(Door{Acceptor(io_.get_executor()), settings}));
  door.acceptor.assign(protocol_of(fd), fd);
  asio::co_spawn(io_, accept_loop(door), asio::detached);
}

void Worker::run() {
  asio::co_spawn(io_, tick_loop(), asio::detached);
  io_.run();
}

// Keeps the backends whose settings are the same; the others end when they have answered.
void Worker::open_backends() {
  auto before = std::exchange(context_.backends, {});
  const auto& configured = context_.snapshot->config.backends;
  for (std::size_t i = 0; i < configured.size(); ++i) {
    const auto same = std::find_if(before.begin(), before.end(), [&](const auto& backend) {
      return backend != nullptr && backend->settings() == configured[i];
    });
    if (same != before.end()) {
      (*same)->follow(context_.snapshot->config.limits);
      context_.backends.push_back(std::move(*same));
      continue;
    }
    context_.backends.push_back(std::make_shared<upstream::Backend>(
        upstream::Services{io_, turn_, context_.log, random_},
        std::make_shared<const config::Backend>(configured[i]), context_.snapshot->config.limits,
        context_.counters.backend(context_.numbers->backends[i])));
    share_breaker(*context_.backends.back());
  }
  for (auto& old : before) {
    if (old == nullptr) continue;
    old->retire();
    retiring_.push_back(std::move(old));
  }
}

// What one worker has seen of a backend spares the others to see it, too.
void Worker::share_breaker(upstream::Backend& backend) {
  backend.on_open([this, name = backend.settings().name](std::string_view reason) {
    if (context_.peers == nullptr) return;
    for (session::Context* peer : *context_.peers) {
      if (peer == &context_) continue;
      // The reason is a constant's: it outlives everything.
      asio::post(peer->io, [peer, name, reason] {
        for (auto& other : peer->backends) {
          if (other->settings().name == name) other->open_breaker(reason);
        }
      });
    }
  });
}

template <class Act>
void Worker::for_each_session(Act act) {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    session::Session& session = *it++;  // it may leave the list
    act(session);
  }
}

// A command of the backend's that has no row is refused; the operator should know that it is there.
void Worker::report_unclassified(const upstream::Backend& backend) {
  const upstream::Facts& facts = backend.facts();
  if (place_.index != 0 || !reported_.emplace(&backend, facts.generation()).second) return;
  for (const std::string& name : facts.commands()) {
    if (command::find_row(name) != nullptr) continue;
    context_.log.warning("command_unclassified",
                         {{"backend", backend.settings().name}, {"command", name}});
  }
}

// Says early what will be refused, if anything will.
void Worker::check_walls(const std::shared_ptr<upstream::Backend>& backend) {
  const int generation = backend->facts().generation();
  if (place_.index != 0 || generation == 0) return;
  if (!walls_checked_.emplace(backend.get(), generation).second) return;
  asio::co_spawn(io_, session::check_scripts(context_, backend, context_.snapshot), asio::detached);
  asio::co_spawn(io_, session::check_fences(context_, backend, context_.snapshot), asio::detached);
}

// What tenants' ACL users may do follows the snapshot; those that are not needed any more go.
void Worker::follow_fences(const request::Snapshot& before) {
  std::vector<std::string> gone;
  for (const tenant::Tenant& tenant : before.directory.tenants()) {
    const tenant::Tenant* now = context_.snapshot->directory.find_tenant(tenant.name);
    if (!session::needs_fence(before, tenant)) continue;
    if (now != nullptr && session::needs_fence(*context_.snapshot, *now)) continue;
    gone.push_back(rewrite::script::fence_user(tenant));
  }
  for (const auto& backend : context_.backends) {
    for (const std::string& user : gone) backend->drop_fence(user);
    backend->refresh_fences();
    if (place_.index != 0 || gone.empty()) continue;
    asio::co_spawn(io_, session::remove_fences(context_, backend, gone), asio::detached);
  }
}

void Worker::tick(Instant now, bool sessions_too) {
  for (auto& backend : context_.backends) backend->tick(now);
  for (auto& backend : retiring_) backend->tick(now);
  fanout_->tick(now);
  std::erase_if(retiring_, [](const auto& backend) { return backend->ended(); });
  for (const auto& backend : context_.backends) {
    report_unclassified(*backend);
    check_walls(backend);
    session::bound_script_memory(context_, backend);
  }
  if (sessions_too) for_each_session([now](session::Session& s) { s.tick(now); });
  std::size_t lanes = 0;
  for (auto& backend : context_.backends) lanes += backend->buffered();
  context_.audit.tick();
  context_.counters.buffer_bytes.set(static_cast<std::int64_t>(context_.budget.held + lanes));
  overload_.tick();
}

Awaitable<void> Worker::tick_loop() {
  for (int count = 0; !drain_until_ || !sessions_.empty(); ++count) {
    const Instant now = Clock::now();
    tick(now, count % kTicksPerSessionCheck == 0);
    if (drain_until_) for_each_session([](session::Session& s) { s.drain(); });
    if (drain_until_ && now > *drain_until_) break;
    ticker_.expires_after(kTick);
    co_await ticker_.async_wait(kAwait);
  }
  end();
}

void Worker::reload(std::shared_ptr<const request::Snapshot> snapshot,
                    std::shared_ptr<const metrics::Numbering> numbers, std::string fence_key) {
  asio::post(io_, [this, snapshot = std::move(snapshot), numbers = std::move(numbers),
                   key = std::move(fence_key)] {
    context_.scripts.fence_key = key;
    const auto before = std::exchange(context_.snapshot, snapshot);
    context_.numbers = numbers;
    open_backends();
    follow_listeners();
    context_.audit.follow(snapshot->config.audit);
    context_.scripts.follow_snapshot();
    follow_fences(*before);
    for_each_session([](session::Session& s) { s.reload(); });
  });
}

void Worker::drain(Milliseconds deadline, session::Drain waiting) {
  asio::post(io_, [this, deadline, waiting] {
    error_code ignored;
    for (auto& door : doors_) door->acceptor.close(ignored);
    drain_until_ = Clock::now() + deadline;
    context_.drain = waiting;
    ticker_.cancel();
  });
}

void Worker::end() {
  for_each_session([](session::Session& s) { s.close(metrics::Closed::draining); });
  fanout_->end();
  for (auto& backend : context_.backends) backend->retire();
  io_.stop();
}

}  // namespace bulkhead::server
