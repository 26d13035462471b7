// One upstream Redis as one worker sees it: its shared lanes, made when a database is first needed,
// its pinned lanes, and its control connection. Owned by a worker, touched by its thread only.
#pragma once

#include "bulkhead/upstream/control.hpp"
#include "bulkhead/upstream/pinned_pool.hpp"
#include "bulkhead/upstream/shared_lane.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace bulkhead::upstream {

// An ACL user that the proxy has made for a tenant.
struct FenceUser {
  std::string name;
  std::string password;
};

class Backend {
 public:
  Backend(const Services& services, std::shared_ptr<const config::Backend> settings,
          const config::Limits& limits, metrics::BackendCounters& counters);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // The lane of a database for one client: always the same one, so that its commands stay in order.
  SharedLane& lane(int db, bool resp3, std::uint64_t client) {
    const std::size_t slot = static_cast<std::size_t>(db) * 2 + (resp3 ? 1 : 0);
    if (slot >= lanes_.size() || lanes_[slot].empty()) open(slot);
    const auto& lanes = lanes_[slot];
    return *lanes[lanes.size() == 1 ? 0 : client % lanes.size()];
  }

  PinnedPool& pinned() { return pinned_; }

  // The lane of a database as a tenant's own ACL user. Closed when idle for a minute.
  SharedLane& fenced_lane(const FenceUser& user, int db, bool resp3);
  // One for the proxy's own questions and for SCRIPT KILL: no client's replies stand before theirs.
  SharedLane& own_lane() { return fenced_lane({}, 0, false); }
  // The user has been made anew: lanes of it that are down connect at once when next asked for.
  void renew_fenced(const std::string& user);

  // Takes over the limits of a new snapshot.
  void follow(const config::Limits& limits);

  const config::Backend& settings() const { return *settings_; }
  bool up() const { return control_->up(); }
  const Facts& facts() const { return control_->facts(); }

  // No more commands; those under way are still answered. ended() when that has happened.
  void retire();
  bool ended() const;

  void tick(Instant now);
  std::size_t buffered() const;

 private:
  void open(std::size_t slot);
  void tick_fenced(Instant now);

  struct FencedLane {
    boost::intrusive_ptr<SharedLane> lane;
    Instant used;
  };
  using FencedKey = std::tuple<std::string, int, bool>;  // user (empty: the proxy's), DB, RESP3

  const Services services_;
  const std::shared_ptr<const config::Backend> settings_;
  const std::shared_ptr<LaneLimits> limits_;  // seen by all lanes
  metrics::BackendCounters& counters_;
  std::vector<std::vector<boost::intrusive_ptr<SharedLane>>> lanes_;  // by database and protocol
  std::map<FencedKey, FencedLane> fenced_;
  std::vector<boost::intrusive_ptr<SharedLane>> leaving_;  // fenced lanes that end
  PinnedPool pinned_;
  boost::intrusive_ptr<Control> control_;
  bool retired_ = false;
};

}  // namespace bulkhead::upstream
