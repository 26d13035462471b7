// What a client has queued since MULTI: commands as they will go upstream, and those that the proxy
// will answer itself. Nothing of it is upstream before EXEC; then it goes there in one piece, and
// the array that comes back is taken apart into the client's. No socket in here. Owned by a
// session, touched by its worker's thread only.
#pragma once

#include "bulkhead/metrics/counters.hpp"
#include "bulkhead/request/plan.hpp"
#include "bulkhead/rewrite/batch.hpp"
#include "bulkhead/upstream/backend.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead::session {

class Transaction {
 public:
  // One command of the client.
  struct Item {
    const command::Row* row = nullptr;
    metrics::FeatureCounters* counters = nullptr;
    std::vector<std::uint32_t> elements;  // of EXEC's array upstream: its reply, or its parts'
    std::vector<std::pair<std::uint32_t, rewrite::Verdict>> following;  // other elements
    std::uint32_t missing = 0;  // keys that its own words leave without an expiry
    std::vector<std::vector<std::uint32_t>> positions;  // of the parts' names, when it is split
    std::unique_ptr<resp::OwnedArgs> args;              // when the proxy answers
    std::string reply;                                  // when the answer is known already
    std::string wrapped_sha, own_sha;                   // of a script
  };
  using Backends = std::vector<std::shared_ptr<upstream::Backend>>;

  // A transaction of this client as it is now. It keeps what it was planned with.
  Transaction(const tenant::ClientState& client, std::shared_ptr<const request::Snapshot> snapshot,
              Backends backends);

  // The client as it will be when the commands queued so far have been executed.
  tenant::ClientState& client() { return client_; }
  const tenant::ClientState& client() const { return client_; }
  const std::shared_ptr<const request::Snapshot>& snapshot() const { return snapshot_; }

  // Queues a planned command; refused when it cannot be a part of this transaction.
  std::optional<Refusal> add(request::Plan& plan, const resp::Args& args,
                             metrics::FeatureCounters* counters, const request::Scratch& scratch);
  // Queues a script, which goes upstream as this command.
  std::optional<Refusal> add_script(const command::Row& row, const rewrite::TenantCommand& command,
                                    route::Place place, std::string_view wrapped_sha,
                                    std::string_view own_sha, metrics::FeatureCounters* counters);
  // A script that it brings along: its body is remembered until it is known to be one.
  void bring_script(const std::string& sha, std::shared_ptr<const std::string> body) {
    own_bytes_ += scripts_.emplace(sha, body).second ? body->size() : 0;
  }
  // Null when it brings no such script along.
  std::shared_ptr<const std::string> script(const std::string& sha) const {
    const auto found = scripts_.find(sha);
    return found == scripts_.end() ? nullptr : found->second;
  }
  // It must go on a lane inside the tenant's fence.
  bool runs_scripts() const { return runs_scripts_; }
  // Functions are among them: their libraries must fit the tenant's shim.
  void will_call_functions() { calls_functions_ = true; }
  bool calls_functions() const { return calls_functions_; }
  // Queues a command whose reply is known.
  void add_reply(const command::Row& row, std::string_view reply);
  // Queues a command that the proxy answers when the rest has been executed.
  void add_own(const command::Row& row, const resp::Args& args);

  // EXEC will refuse.
  void abort() { aborted_ = true; }
  bool aborted() const { return aborted_; }

  const std::vector<Item>& items() const { return items_; }
  // What monitors are shown of it when it is executed.
  void show(std::string words) {
    own_bytes_ += words.size();
    shown_.push_back(std::move(words));
  }
  const std::vector<std::string>& shown() const { return shown_; }
  std::size_t bytes() const { return queued_.bytes().size() + own_bytes_; }

  // Where it goes; nothing when it holds no command for a backend.
  const std::optional<route::Place>& place() const { return place_; }
  const Backends& backends() const { return backends_; }
  const std::shared_ptr<upstream::Backend>& backend() const { return backends_[place_->backend]; }
  // It SELECTs, and so must not go on a lane that others use.
  bool changes_database() const { return changes_database_; }
  // MULTI, the commands, EXEC.
  rewrite::Batch whole() const;
  // How many elements EXEC's array has.
  std::uint32_t elements() const { return queued_.commands(); }

 private:
  std::optional<Refusal> add_upstream(const rewrite::TenantCommand& command, route::Place place,
                                      Item& item);

  tenant::ClientState client_;
  std::shared_ptr<const request::Snapshot> snapshot_;
  Backends backends_;
  rewrite::Batch queued_;
  std::vector<Item> items_;
  std::vector<std::string> shown_;
  std::map<std::string, std::shared_ptr<const std::string>> scripts_;  // by digest
  std::optional<route::Place> place_;                                  // of the first command
  int db_ = 0;  // where the last one leaves the lane
  bool changes_database_ = false;
  bool aborted_ = false;
  bool runs_scripts_ = false;
  bool calls_functions_ = false;
  std::size_t own_bytes_ = 0;
};

}  // namespace bulkhead::session
