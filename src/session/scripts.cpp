#include "bulkhead/session/scripts.hpp"

#include "available.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/request/script_plan.hpp"
#include "bulkhead/upstream/backend.hpp"

namespace bulkhead::session {
namespace {

constexpr std::size_t kWrappedBytes =
    64u * 1024 * 1024;  // of wrapped texts; they are soon made anew

}  // namespace

ScriptBody ScriptSets::find(const std::string& tenant, const std::string& sha) {
  const auto set = sets_.find(tenant);
  if (set == sets_.end()) return nullptr;
  const auto found = set->second.find(sha);
  if (found == set->second.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->body;
}

void ScriptSets::drop(Entries::iterator entry) {
  bytes_ -= entry->body->size();
  const auto set = sets_.find(entry->tenant);
  set->second.erase(entry->sha);
  if (set->second.empty()) sets_.erase(set);
  entries_.erase(entry);
}

void ScriptSets::add(const std::string& tenant, const std::string& sha, ScriptBody body,
                     const config::Limits& limits) {
  if (find(tenant, sha) != nullptr) return;
  Set& set = sets_[tenant];
  bytes_ += body->size();
  entries_.push_front({tenant, sha, std::move(body)});
  set.emplace(sha, entries_.begin());
  if (set.size() > static_cast<std::size_t>(limits.scripts)) {
    auto oldest = std::prev(entries_.end());
    while (oldest->tenant != tenant) --oldest;
    drop(oldest);
  }
  while (bytes_ > limits.script_bytes && entries_.size() > 1) drop(std::prev(entries_.end()));
}

void ScriptSets::forget(const std::string& tenant) {
  const auto set = sets_.find(tenant);
  if (set == sets_.end()) return;
  for (const auto& [sha, entry] : set->second) {
    bytes_ -= entry->body->size();
    entries_.erase(entry);
  }
  sets_.erase(set);
}

const rewrite::script::Shim& Scripts::shim(const request::Snapshot& snapshot,
                                           const tenant::Tenant& tenant, std::uint16_t backend,
                                           const upstream::Backend& at) {
  const int generation = at.facts().generation();
  if (shims_of_ != &snapshot || shims_generation_ != generation) {
    shims_.clear();
    shims_of_ = &snapshot;
    shims_generation_ = generation;
  }
  auto& shim = shims_[{tenant.name, backend}];
  if (shim == nullptr) {
    auto shape = request::script_shape(snapshot, tenant, backend);
    shape.backend_has = [facts = &at.facts()](std::size_t row) {
      return backend_has(*facts, command::rows()[row]);
    };
    shim = std::make_unique<rewrite::script::Shim>(std::move(shape));
  }
  return *shim;
}

void Scripts::follow_snapshot() {
  gates.clear();
  libraries_renewed.clear();
  shims_.clear();
  shims_of_ = nullptr;
}

Scripts::WrappedScript Scripts::wrapped(const rewrite::script::Shim& shim, const std::string& sha,
                                        const std::string& body, rewrite::script::Start start) {
  WrappedScript& found = wrapped_[{sha, shim.fingerprint(), start}];
  if (found != nullptr) return found;
  auto made = std::make_shared<const rewrite::script::Wrapped>(shim.wrap(body, start));
  wrapped_bytes_ += made->text.size();
  if (wrapped_bytes_ > kWrappedBytes) {
    wrapped_.clear();
    wrapped_bytes_ = 0;
    return made;
  }
  return found = made;
}

}  // namespace bulkhead::session
