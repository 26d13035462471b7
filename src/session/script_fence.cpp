#include "bulkhead/session/script_fence.hpp"

#include "ask.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/session/tenant_fence.hpp"

namespace bulkhead::session {
namespace {

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

std::string verdict(std::string_view probe) {
  if (probe == "$0\r\n\r\n") return {};
  if (probe.starts_with('-')) return "the backend's user may not run scripts: " + first_line(probe);
  const std::size_t end = probe.find("\r\n");
  return "the backend is not safe for scripts of several tenants: " +
         std::string(probe.substr(end + 2, probe.size() - end - 4)) + std::string(kMend);
}

Awaitable<std::string> why_refused(Context& context, std::shared_ptr<upstream::Backend> backend,
                                   const request::Snapshot& snapshot) {
  const std::vector<Word> probe = {{"EVAL"}, {kProbe}, {"0"}};
  std::string why = verdict(co_await ask(context, *backend, probe));
  if (!why.empty() || snapshot.config.scripts != config::Scripts::fenced) co_return why;
  why = co_await why_no_fence(context, backend);
  if (!why.empty()) why += ", or set scripts: shim_only or scripts: off";
  co_return why;
}

Awaitable<std::string> gate(Context& context, std::shared_ptr<upstream::Backend> backend,
                            const request::Snapshot& snapshot) {
  const int generation = backend->facts().generation();
  ScriptGate& known = context.scripts.gates[backend.get()];
  if (known.generation == generation && generation != 0) co_return known.refused;
  const std::string why = co_await why_refused(context, backend, snapshot);
  ScriptGate& now = context.scripts.gates[backend.get()];
  // Of a backend that is away nothing is known.
  if (why.find("BACKENDDOWN") == why.npos) now = {generation, why};
  if (!why.empty() && context.worker == 0) {
    context.log.error("scripts_refused", {{"backend", backend->settings().name}, {"problem", why}});
  }
  co_return why;
}

}  // namespace

Awaitable<Result<std::shared_ptr<upstream::Fence>>> prepare_scripts(
    Context& context, std::shared_ptr<upstream::Backend> backend, const request::Snapshot& snapshot,
    const tenant::Tenant& tenant) {
  const std::string why = co_await gate(context, backend, snapshot);
  if (!why.empty()) co_return refuse::scripts_refused(why);
  if (snapshot.config.scripts != config::Scripts::fenced) {
    co_return std::shared_ptr<upstream::Fence>();
  }
  auto fence = fence_of(context, backend, tenant);
  const auto problem = co_await fence->put_up();
  if (problem && problem->find("BACKENDDOWN") == problem->npos) {
    co_return refuse::scripts_refused("the tenant's ACL user cannot be made");
  }
  co_return std::move(fence);
}

Awaitable<void> check_scripts(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::shared_ptr<const request::Snapshot> snapshot) {
  if (snapshot->config.scripts == config::Scripts::off) co_return;
  if (snapshot->directory.tenants().empty()) co_return;
  co_await gate(context, backend, *snapshot);
}

}  // namespace bulkhead::session
