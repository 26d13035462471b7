// What one worker knows of tenants' scripts: which each tenant has introduced, how they look
// wrapped, and where the fence stands. Bodies are shared by all who have them, workers included.
// Owned by the worker's context, touched by its thread only.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/rewrite/script_shim.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace bulkhead::upstream {
class Backend;
}

namespace bulkhead::session {

using ScriptBody = std::shared_ptr<const std::string>;

// The scripts of all tenants. Those used longest ago go when there are too many: EVALSHA then says
// NOSCRIPT, and clients send the body again.
class ScriptSets {
 public:
  // Null when the tenant has not introduced it. `sha` is the digest of the body, in lower case.
  ScriptBody find(const std::string& tenant, const std::string& sha);
  void add(const std::string& tenant, const std::string& sha, ScriptBody body,
           const config::Limits& limits);
  void forget(const std::string& tenant);

  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string tenant, sha;
    ScriptBody body;
  };
  using Entries = std::list<Entry>;  // used last in front
  using Set = std::unordered_map<std::string, Entries::iterator>;

  void drop(Entries::iterator entry);

  Entries entries_;
  std::unordered_map<std::string, Set> sets_;
  std::size_t bytes_ = 0;  // as if every tenant had bodies of its own
};

// Whether a backend takes tenants' scripts; found out once per connection of its control
// connection.
struct ScriptGate {
  int generation = -1;
  std::string refused;  // why not; empty: it does
};

// What one worker has had a backend compile since that was last told to forget all scripts.
struct CompiledScripts {
  std::unordered_set<std::string> digests;
  std::size_t bytes = 0;
  int told = 0;  // how often the backend had said what it is when its memory was looked at
  bool flushing = false;
};

struct Scripts {
  using WrappedScript = std::shared_ptr<const rewrite::script::Wrapped>;

  // The tenant's shim under this snapshot.
  const rewrite::script::Shim& shim(const request::Snapshot& snapshot, const tenant::Tenant& tenant,
                                    std::uint16_t backend, const upstream::Backend& at);
  WrappedScript wrapped(const rewrite::script::Shim& shim, const std::string& sha,
                        const std::string& body, rewrite::script::Start start);

  // After a reload: what was made with the snapshot and the backends before.
  void follow_snapshot();

  ScriptSets sets;
  std::map<const upstream::Backend*, ScriptGate> gates;
  std::unordered_map<std::string, int> running;           // scripts under way, by tenant
  std::unordered_map<std::string, Instant> denied_until;  // tenants whose scripts ran too long
  // By the backend's name: when a script there was killed last, and what it holds.
  std::unordered_map<std::string, Instant> free_since;
  std::unordered_map<std::string, CompiledScripts> compiled;
  // For which snapshot and connection a tenant's libraries of functions were looked at.
  struct Renewed {
    const request::Snapshot* snapshot = nullptr;
    int generation = -1;
  };
  std::map<std::pair<const upstream::Backend*, std::string>, Renewed> libraries_renewed;
  struct FunctionCount {
    std::int64_t libraries = 0, functions = 0;
  };
  std::unordered_map<std::string, FunctionCount> functions;  // by tenant, when last seen
  std::string fence_key;  // of which the fences' passwords are made; the same in all workers

 private:
  using WrappedKey = std::tuple<std::string, std::string, rewrite::script::Start>;
  using ShimKey = std::pair<std::string, std::uint16_t>;

  const request::Snapshot* shims_of_ = nullptr;
  int shims_generation_ = -1;
  std::map<ShimKey, std::unique_ptr<rewrite::script::Shim>> shims_;
  std::map<WrappedKey, WrappedScript> wrapped_;
  std::size_t wrapped_bytes_ = 0;
};

}  // namespace bulkhead::session
