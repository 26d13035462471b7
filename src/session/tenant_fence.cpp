#include "bulkhead/session/tenant_fence.hpp"

#include "ask.hpp"
#include "available.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/request/script_plan.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/rewrite/script_fence.hpp"
#include "bulkhead/tenant/password.hpp"

#include <algorithm>

namespace bulkhead::session {
namespace {

using rewrite::Word;
using upstream::FenceOrder;
using upstream::FenceTrip;

constexpr std::string_view kOurs = "bulkhead:";
constexpr auto kAlarmEvery = std::chrono::seconds(1);

std::string derived(const Context& context, std::string_view of, std::string_view what) {
  const std::string seed =
      context.scripts.fence_key + '\0' + std::string(of) + '\0' + std::string(what);
  return tenant::written_hash(tenant::hash_password(seed)).substr(1);
}

// A second password of each user, which nobody can know: it says whose users they are.
std::string mark_of(const Context& context) {
  return tenant::written_hash(tenant::hash_password(derived(context, "", "mark")));
}

FenceOrder order_for(Context& context, const std::weak_ptr<upstream::Backend>& backend,
                     const std::string& name) {
  const request::Snapshot& snapshot = *context.snapshot;
  const tenant::Tenant* tenant = snapshot.directory.find_tenant(name);
  const auto at = backend.lock();
  const auto found = std::find(context.backends.begin(), context.backends.end(), at);
  if (tenant == nullptr || found == context.backends.end()) return {};
  auto shape = request::script_shape(snapshot, *tenant,
                                     static_cast<std::uint16_t>(found - context.backends.begin()));
  shape.backend_has = [facts = &at->facts()](std::size_t row) {
    return backend_has(*facts, command::rows()[row]);
  };
  FenceOrder order;
  order.password = derived(context, name, "fence");
  order.rules =
      rewrite::script::fence_rules(*tenant, shape, rewrite::script::Fenced::everything,
                                   tenant::written_hash(tenant::hash_password(order.password)));
  order.rules.push_back(mark_of(context));
  return order;
}

// One line a second and tenant says it as well as a thousand.
struct Alarm {
  Instant said{};
  std::int64_t since = 0;
};

void raise_alarm(Context& context, const std::string& name, Alarm& alarm, const FenceTrip& trip) {
  const tenant::Tenant* tenant = context.snapshot->directory.find_tenant(name);
  if (tenant != nullptr) {
    context.counters.tenant(context.numbers->tenants[tenant->index]).fence_trips.add();
  }
  ++alarm.since;
  const Instant now = Clock::now();
  if (alarm.said != Instant{} && now - alarm.said < kAlarmEvery) return;
  context.log.error("fence_tripped", {{"tenant", name},
                                      {"client", trip.asker.client},
                                      {"command", trip.asker.command},
                                      {"about", trip.about},
                                      {"trips", std::exchange(alarm.since, 0)}});
  alarm.said = now;
}

// A backend that is away is in the log already.
void note_failure(Context& context, const std::weak_ptr<upstream::Backend>& backend,
                  const std::string& name, std::string_view problem) {
  const auto at = backend.lock();
  if (at == nullptr || !at->up() || problem.find("BACKENDDOWN") != problem.npos) return;
  context.log.error("fence_failed",
                    {{"backend", at->settings().name}, {"tenant", name}, {"problem", problem}});
}

// The tenant of a user with our mark; nothing for others.
bool has_mark(const resp::ParsedReply& user, const std::string& mark) {
  for (std::size_t i = 0; i + 1 < user.size(); i += 2) {
    if (user[i].text() != "passwords") continue;
    const auto passwords = user[i + 1];
    for (std::size_t j = 0; j < passwords.size(); ++j) {
      if (passwords[j].text() == mark) return true;
    }
  }
  return false;
}

bool wants_fences(const request::Snapshot& snapshot) {
  const auto tenants = snapshot.directory.tenants();
  return std::any_of(tenants.begin(), tenants.end(),
                     [&](const tenant::Tenant& tenant) { return needs_fence(snapshot, tenant); });
}

// Without a configured secret the mark is another one at each start, and tells nothing.
Awaitable<void> sweep(Context& context, std::shared_ptr<upstream::Backend> backend,
                      std::shared_ptr<const request::Snapshot> snapshot) {
  if (snapshot->config.cursor_secret.empty()) co_return;
  const std::vector<Word> list = {{"ACL"}, {"USERS"}};
  const std::string users = co_await ask(context, *backend, list);
  const auto names = resp::ParsedReply::parse(users);
  const std::string mark = mark_of(context).substr(1);
  std::size_t removed = 0;
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    const std::string user((*names)[i].text());
    if (!user.starts_with(kOurs)) continue;
    if (snapshot->directory.find_tenant(user.substr(kOurs.size())) != nullptr) continue;
    const std::vector<Word> look = {{"ACL"}, {"GETUSER"}, {user}};
    const std::string told = co_await ask(context, *backend, look);
    const auto facts = resp::ParsedReply::parse(told);
    if (!facts || !has_mark(*facts, mark)) continue;
    const std::vector<Word> remove = {{"ACL"}, {"DELUSER"}, {user}};
    const std::string reply = co_await ask(context, *backend, remove);
    if (reply.starts_with(':')) ++removed;
  }
  if (removed != 0) {
    context.log.info("fences_swept", {{"backend", backend->settings().name}, {"users", removed}});
  }
}

}  // namespace

std::shared_ptr<upstream::Fence> fence_of(Context& context,
                                          const std::shared_ptr<upstream::Backend>& backend,
                                          const tenant::Tenant& tenant) {
  return backend->fence(rewrite::script::fence_user(tenant), [&] {
    const std::weak_ptr<upstream::Backend> at = backend;
    const auto alarm = std::make_shared<Alarm>();
    return upstream::FenceHooks{
        [&context, at, name = tenant.name] { return order_for(context, at, name); },
        [&context, alarm, name = tenant.name](const FenceTrip& trip) {
          raise_alarm(context, name, *alarm, trip);
        },
        [&context, at, name = tenant.name](std::string_view problem) {
          note_failure(context, at, name, problem);
        }};
  });
}

// Tries with a user that can do nothing.
Awaitable<std::string> why_no_fence(Context& context, std::shared_ptr<upstream::Backend> backend) {
  const std::vector<Word> make = {{"ACL"}, {"SETUSER"}, {kOurs}, {"reset"}};
  const std::string made = co_await ask(context, *backend, make);
  if (made.starts_with('+')) {
    const std::vector<Word> unmake = {{"ACL"}, {"DELUSER"}, {kOurs}};
    co_await ask(context, *backend, unmake);
    co_return std::string();
  }
  co_return "the backend's user may not make ACL users, which the fence needs (" +
      first_line(made) + "); grant it +acl|setuser and +acl|deluser";
}

Awaitable<void> check_fences(Context& context, std::shared_ptr<upstream::Backend> backend,
                             std::shared_ptr<const request::Snapshot> snapshot) {
  if (!wants_fences(*snapshot)) co_return;
  const std::string why = co_await why_no_fence(context, backend);
  if (why.empty()) co_return co_await sweep(context, backend, snapshot);
  if (why.find("BACKENDDOWN") != why.npos) co_return;
  std::int64_t fenced = 0;
  for (const tenant::Tenant& tenant : snapshot->directory.tenants()) {
    if (tenant.is_fenced()) ++fenced;
  }
  if (fenced == 0) co_return;  // scripts_refused says it
  context.log.error("fence_refused", {{"backend", backend->settings().name},
                                      {"tenants", fenced},
                                      {"problem", why + ", or set fence: scripts"}});
}

bool needs_fence(const request::Snapshot& snapshot, const tenant::Tenant& tenant) {
  return snapshot.config.scripts == config::Scripts::fenced || tenant.is_fenced();
}

Awaitable<void> remove_fences(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::vector<std::string> users) {
  for (const std::string& user : users) {
    const std::vector<Word> words = {{"ACL"}, {"DELUSER"}, {user}};
    co_await ask(context, *backend, words);
  }
}

}  // namespace bulkhead::session
