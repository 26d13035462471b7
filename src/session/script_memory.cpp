#include "bulkhead/session/script_memory.hpp"

#include "ask.hpp"
#include "bulkhead/resp/number.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace bulkhead::session {
namespace {

// Bytes of a backend's memory for a byte of text: the text, its table entry, what it is compiled
// to.
constexpr std::size_t kCost = 3;

Awaitable<void> flush(Context& context, std::shared_ptr<upstream::Backend> backend,
                      std::size_t bytes) {
  const std::string name = backend->settings().name;
  const std::vector<rewrite::Word> words = {{"SCRIPT"}, {"FLUSH"}, {"ASYNC"}};
  const std::string reply = co_await ask(context, *backend, words);
  context.scripts.compiled[name].flushing = false;
  if (!reply.starts_with('+')) {
    // While a script runs it is refused; the next script tries again.
    context.log.warning("scripts_not_flushed", {{"backend", name}, {"problem", first_line(reply)}});
    co_return;
  }
  context.log.info("scripts_flushed", {{"backend", name}, {"bytes", bytes}});
  for (Context* peer : *context.peers) {
    asio::post(peer->io, [peer, name] {
      CompiledScripts& compiled = peer->scripts.compiled[name];
      compiled.digests.clear();
      compiled.bytes = 0;
    });
  }
}

void begin_flush(Context& context, const std::shared_ptr<upstream::Backend>& backend,
                 std::size_t bytes) {
  CompiledScripts& compiled = context.scripts.compiled[backend->settings().name];
  if (compiled.flushing) return;
  compiled.flushing = true;
  asio::co_spawn(context.io, flush(context, backend, bytes), asio::detached);
}

std::size_t field(const upstream::Facts& facts, std::string_view name) {
  return static_cast<std::size_t>(resp::parse_integer(facts.get(name)).value_or(0));
}

}  // namespace

void note_compiled(Context& context, const std::shared_ptr<upstream::Backend>& backend,
                   const rewrite::script::Wrapped& script) {
  const std::size_t most = context.snapshot->config.limits.script_cache;
  if (most == 0) return;
  CompiledScripts& compiled = context.scripts.compiled[backend->settings().name];
  if (!compiled.digests.insert(script.sha).second) return;
  compiled.bytes += kCost * script.text.size();
  const std::size_t share = most / context.peers->size();
  if (compiled.bytes > share) begin_flush(context, backend, compiled.bytes);
}

void bound_script_memory(Context& context, const std::shared_ptr<upstream::Backend>& backend) {
  const upstream::Facts& facts = backend->facts();
  const std::size_t most = context.snapshot->config.limits.script_cache;
  if (most == 0 || context.worker != 0) return;
  CompiledScripts& compiled = context.scripts.compiled[backend->settings().name];
  if (std::exchange(compiled.told, facts.told()) == facts.told()) return;
  const std::size_t bytes =
      field(facts, "used_memory_vm_eval") + field(facts, "used_memory_scripts_eval");
  if (bytes > most) begin_flush(context, backend, bytes);
}

}  // namespace bulkhead::session
