// The watchdog over one script, or a transaction with scripts: when it is not over in time, the
// backend is told to kill what runs. Owned by the conversation that waits for the reply. Private to
// the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <memory>
#include <string_view>

namespace bulkhead::session {

class ScriptWatch {
 public:
  enum class Over { scripts, function };

  // From now on the tenant has a script under way, for SCRIPT KILL.
  ScriptWatch(Conversation& talk, const std::shared_ptr<upstream::Backend>& backend,
              Over over = Over::scripts);
  ScriptWatch(const ScriptWatch&) = delete;
  ScriptWatch& operator=(const ScriptWatch&) = delete;
  ~ScriptWatch();

  // What the script came to. When it was killed for its length, whose it was is logged and counted,
  // and the tenant may be denied scripts for a while, in all workers.
  void ended(std::string_view reply);

 private:
  struct Run;

  Conversation& talk_;
  const std::shared_ptr<Run> run_;
};

// The tenant's last script ran too long, and it waits for the end of its penalty.
bool may_not_run_scripts(Context& context, const tenant::Tenant& tenant);

}  // namespace bulkhead::session
