// One upstream Redis as one worker sees it: its shared lanes, made when a database is first needed,
// its pinned lanes, and its control connection. Owned by a worker, touched by its thread only.
#pragma once

#include "bulkhead/upstream/control.hpp"
#include "bulkhead/upstream/fence.hpp"
#include "bulkhead/upstream/pinned_pool.hpp"
#include "bulkhead/upstream/shared_lane.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace bulkhead::upstream {

class Backend final : public std::enable_shared_from_this<Backend> {
 public:
  Backend(const Services& services, std::shared_ptr<const config::Backend> settings,
          const config::Limits& limits, metrics::BackendCounters& counters);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  ~Backend();

  // The lane of a database for one client: always the same one, so that its commands stay in order.
  SharedLane& lane(int db, bool resp3, std::uint64_t client) {
    const std::size_t slot = static_cast<std::size_t>(db) * 2 + (resp3 ? 1 : 0);
    if (slot >= lanes_.size() || lanes_[slot].empty()) open(slot);
    const auto& lanes = lanes_[slot];
    return *lanes[lanes.size() == 1 ? 0 : client % lanes.size()];
  }

  PinnedPool& pinned() { return pinned_; }

  // The fence of an ACL user; `hooks` make it when it is asked for first.
  std::shared_ptr<Fence> fence(const std::string& user, const std::function<FenceHooks()>& hooks);
  // All tenants' users may do other things now.
  void refresh_fences();
  // The user is no more; its lanes end.
  void drop_fence(const std::string& user);
  // One for the proxy's own questions and for SCRIPT KILL: no client's replies stand before theirs.
  SharedLane& own_lane();

  // Takes over the limits of a new snapshot.
  void follow(const config::Limits& limits);

  const config::Backend& settings() const { return *settings_; }
  bool up() const { return control_->up(); }
  // The breaker is not closed: nothing is sent, and refusal() says so.
  bool shut() const { return health_->shut(); }
  Refusal refusal() const { return health_->refusal(); }
  // Called when the breaker opens by what this worker saw, with the reason.
  void on_open(std::function<void(std::string_view)> opened) { opened_ = std::move(opened); }
  // Another worker's has opened.
  void open_breaker(std::string_view reason);
  const Facts& facts() const { return control_->facts(); }
  // Waits until the backend has said what it is; false when it does not.
  Awaitable<bool> known() { return control_->known(); }

  // No more commands; those under way are still answered. ended() when that has happened.
  void retire();
  bool ended() const;

  void tick(Instant now);
  std::size_t buffered() const;

 private:
  void open(std::size_t slot);
  void tick_fences(Instant now);
  void follow_breaker();
  template <class Act>
  void for_each_shared(Act act);
  LaneSettings lane_settings() const;

  const Services services_;
  const std::shared_ptr<const config::Backend> settings_;
  const std::shared_ptr<LaneLimits> limits_;  // seen by all lanes
  metrics::BackendCounters& counters_;
  const std::shared_ptr<Health> health_;  // told by all shared lanes
  std::function<void(std::string_view)> opened_;
  bool told_ = false;  // by another worker that the breaker is open
  std::vector<std::vector<boost::intrusive_ptr<SharedLane>>> lanes_;  // by database and protocol
  boost::intrusive_ptr<SharedLane> own_;
  std::unordered_map<std::string, std::shared_ptr<Fence>> fences_;  // by ACL user
  std::vector<std::shared_ptr<Fence>> leaving_;                     // that end
  PinnedPool pinned_;
  boost::intrusive_ptr<Control> control_;
  bool retired_ = false;
};

}  // namespace bulkhead::upstream
