#include "bulkhead/session/script_fence.hpp"

#include "available.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/request/script_plan.hpp"
#include "bulkhead/rewrite/script_fence.hpp"
#include "bulkhead/tenant/password.hpp"

#include <limits>

namespace bulkhead::session {
namespace {

using upstream::FenceUser;

constexpr std::size_t kReplyLimit = 1024 * 1024;

// What a Redis without the fixes of CVE-2025-46818 and its like lets a script do to all others:
// the shim cannot hold there. Says what, or nothing.
constexpr std::string_view kProbe = R"(
if rawget(_G, 'setfenv') then return 'scripts can change the environment of others (setfenv)' end
if rawget(_G, 'getfenv') then return 'scripts can reach the environment of others (getfenv)' end
if rawget(_G, 'newproxy') then return 'scripts can make objects with finalizers (newproxy)' end
if pcall(function() getmetatable('').bulkhead = nil end) then
  return 'scripts can change the strings of others (string metatable)' end
if pcall(function() string.bulkhead = nil end) or pcall(function() redis.bulkhead = nil end) then
  return 'scripts can change the libraries of others' end
return '')";
constexpr std::string_view kMend =
    "; update it: Redis 7.2.11, 8.0.4 and 8.2.2, Valkey 8.1.4 and "
    "Debian's 7.0.15-1~deb12u6 mend it";

using rewrite::Word;

// One command of the proxy's own; its reply, or why there is none.
Awaitable<std::string> ask(Context& context, upstream::Backend& backend,
                           const tenant::Tenant& tenant, std::vector<Word> words) {
  const boost::intrusive_ptr<upstream::Call> call(new upstream::Call(context.io, kReplyLimit));
  call->send(backend.own_lane(), rewrite::own_command(tenant, 0, words));
  const auto reply = co_await call->reply();
  if (!reply) co_return "-" + reply.error().sentence + "\r\n";
  co_return std::string(*reply);
}

std::string line_of(std::string_view reply) {
  return std::string(reply.substr(1, reply.find('\r') - 1));
}

std::string verdict(std::string_view probe) {
  if (probe == "$0\r\n\r\n") return {};
  if (probe.starts_with('-')) return "the backend's user may not run scripts: " + line_of(probe);
  const std::size_t end = probe.find("\r\n");
  return "the backend is not safe for scripts of several tenants: " +
         std::string(probe.substr(end + 2, probe.size() - end - 4)) + std::string(kMend);
}

// A user that can do nothing: whether the proxy's own may make users.
constexpr std::string_view kProbeUser = "bulkhead:";

Awaitable<std::string> why_refused(Context& context, upstream::Backend& backend,
                                   const request::Snapshot& snapshot,
                                   const tenant::Tenant& tenant) {
  const std::vector<Word> probe = {{"EVAL"}, {kProbe}, {"0"}};
  std::string why = verdict(co_await ask(context, backend, tenant, probe));
  if (!why.empty() || snapshot.config.scripts != config::Scripts::fenced) co_return why;
  const std::vector<Word> make = {{"ACL"}, {"SETUSER"}, {kProbeUser}, {"reset"}};
  const std::string made = co_await ask(context, backend, tenant, make);
  if (made.starts_with('+')) {
    const std::vector<Word> unmake = {{"ACL"}, {"DELUSER"}, {kProbeUser}};
    co_await ask(context, backend, tenant, unmake);
    co_return std::string();
  }
  co_return "the backend's user may not make ACL users, which the fence needs (" + line_of(made) +
      "); grant it +acl|setuser and +acl|deluser, or set scripts: shim_only or scripts: off";
}

Awaitable<std::string> gate(Context& context, std::shared_ptr<upstream::Backend> backend,
                            const request::Snapshot& snapshot, const tenant::Tenant& tenant) {
  const int generation = backend->facts().generation();
  ScriptGate& known = context.scripts.gates[backend.get()];
  if (known.generation == generation && generation != 0) co_return known.refused;
  const std::string why = co_await why_refused(context, *backend, snapshot, tenant);
  ScriptGate& now = context.scripts.gates[backend.get()];
  // Of a backend that is away nothing is known.
  if (why.find("BACKENDDOWN") == why.npos) now = {generation, why};
  if (!why.empty() && context.worker == 0) {
    context.log.error("scripts_refused", {{"backend", backend->settings().name}, {"problem", why}});
  }
  co_return why;
}

std::string secret_of(const Context& context, const tenant::Tenant& tenant) {
  const std::string seed = context.scripts.fence_key + '\0' + tenant.name + '\0' + "fence";
  return tenant::written_hash(tenant::hash_password(seed)).substr(1);
}

}  // namespace

Awaitable<Result<std::optional<FenceUser>>> prepare_scripts(
    Context& context, std::shared_ptr<upstream::Backend> backend, std::uint16_t number,
    const request::Snapshot& snapshot, const tenant::Tenant& tenant) {
  const std::string why = co_await gate(context, backend, snapshot, tenant);
  if (!why.empty()) co_return refuse::scripts_refused(why);
  if (snapshot.config.scripts != config::Scripts::fenced) co_return std::optional<FenceUser>();
  FenceUser user{rewrite::script::fence_user(tenant), secret_of(context, tenant)};
  const int generation = backend->facts().generation();
  const std::pair<const upstream::Backend*, std::string> at{backend.get(), tenant.name};
  const Scripts::Fence& known = context.scripts.fences[at];
  if (known.snapshot == &snapshot && known.generation == generation) co_return std::move(user);
  auto shape = request::script_shape(snapshot, tenant, number);
  shape.backend_has = [facts = &backend->facts()](std::size_t row) {
    return backend_has(*facts, command::rows()[row]);
  };
  const auto rules =
      rewrite::script::fence_rules(tenant, shape, rewrite::script::Fenced::everything,
                                   tenant::written_hash(tenant::hash_password(user.password)));
  std::vector<Word> words = {{"ACL"}, {"SETUSER"}, {user.name}};
  for (const std::string& rule : rules) words.push_back({rule});
  const std::string made = co_await ask(context, *backend, tenant, std::move(words));
  if (!made.starts_with('+')) {
    context.log.error("fence_failed", {{"backend", backend->settings().name},
                                       {"tenant", tenant.name},
                                       {"problem", line_of(made)}});
    co_return refuse::scripts_refused("the tenant's ACL user cannot be made");
  }
  Scripts::Fence& fence = context.scripts.fences[at];
  if (fence.generation != -1 && fence.generation != generation) backend->renew_fenced(user.name);
  fence = {&snapshot, generation};
  co_return std::move(user);
}

Awaitable<void> check_scripts(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::shared_ptr<const request::Snapshot> snapshot) {
  if (snapshot->config.scripts == config::Scripts::off) co_return;
  const auto tenants = snapshot->directory.tenants();
  if (tenants.empty()) co_return;
  co_await gate(context, backend, *snapshot, tenants.front());
}

Awaitable<void> remove_fences(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::shared_ptr<const request::Snapshot> snapshot,
                              std::vector<std::string> tenants) {
  for (const std::string& name : tenants) {
    const tenant::Tenant* tenant = snapshot->directory.find_tenant(name);
    if (tenant == nullptr) continue;
    const std::string user = rewrite::script::fence_user(*tenant);
    const std::vector<Word> words = {{"ACL"}, {"DELUSER"}, {user}};
    co_await ask(context, *backend, *tenant, words);
    backend->renew_fenced(user);
  }
}

}  // namespace bulkhead::session
