// The wall behind the rewriting: a tenant's own ACL user on one backend, and the lanes that
// authenticate as it. The user is made before a lane does so, and made anew when the backend has
// forgotten it. Owned by its backend and by those who use it; touched by its worker's thread only.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/upstream/shared_lane.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::upstream {

class Backend;

// What the backend is to be told of the user. Without rules there is no such tenant any more.
struct FenceOrder {
  std::string password;
  std::vector<std::string> rules;  // of ACL SETUSER
};

// A command that the user was not allowed: the rewriting has a hole.
struct FenceTrip {
  Asker asker;
  std::string_view about;  // "key", "channel" or "command"
};

// Those who know the tenant.
struct FenceHooks {
  std::function<FenceOrder()> order;
  std::function<void(const FenceTrip&)> tripped;
  std::function<void(std::string_view problem)> failed;
};

class Fence final : public std::enable_shared_from_this<Fence> {
 public:
  // Its lanes are like `like`, but for the database and the protocol.
  Fence(const Services& services, std::weak_ptr<Backend> backend, LaneSettings like,
        metrics::BackendCounters& counters, std::string user, FenceHooks hooks);
  Fence(const Fence&) = delete;
  Fence& operator=(const Fence&) = delete;
  ~Fence();

  const std::string& user() const { return user_; }
  const std::string& password() const { return order_.password; }
  bool stands_at(const Backend& backend) const { return at_ == &backend; }

  // The user is there, for all that is known.
  bool up() const;
  // Has it made when it is not there. What went wrong, or nothing.
  Awaitable<std::optional<std::string>> put_up();
  // The backend does not know the user.
  void doubt() { up_ = false; }
  // What the user may do has changed, perhaps: it is told at once.
  void refresh();

  // The lane of a database for one client: always the same one.
  SharedLane& lane(int db, bool resp3, std::uint64_t client) {
    const std::size_t slot = static_cast<std::size_t>(db) * 2 + (resp3 ? 1 : 0);
    if (slot >= lanes_.size() || lanes_[slot].empty()) open(slot);
    const auto& lanes = lanes_[slot];
    return *lanes[lanes.size() == 1 ? 0 : client % lanes.size()];
  }

  // An error reply on one of its lanes, as who asked gets it. When it was the wall that answered,
  // that is counted and logged, and who asked is told nothing but that.
  std::string_view judge(std::string_view error, const ReplySink& sink, std::uint64_t ticket);

  // The backend's breaker is not closed: its lanes do not connect.
  void shut(bool shut);
  void retire();
  bool ended() const;
  // Closes lanes that nobody has used for a while.
  void tick(Instant now);
  std::size_t buffered() const;
  // Before the end: its lanes hold it.
  void drop_lanes();

 private:
  using Lanes = std::vector<boost::intrusive_ptr<SharedLane>>;

  void open(std::size_t slot);
  void leave(Lanes& lanes);
  Awaitable<std::optional<std::string>> make(std::shared_ptr<Backend> backend);

  const Services services_;
  const std::weak_ptr<Backend> backend_;
  const Backend* const at_;  // to compare only
  const LaneSettings like_;
  metrics::BackendCounters& counters_;
  const std::string user_;
  const FenceHooks hooks_;
  FenceOrder order_;          // as it was told last
  std::vector<Lanes> lanes_;  // by database and protocol
  Lanes leaving_;             // that end
  Timer made_;                // for those who wait while the user is being made
  std::string problem_;       // of the last attempt
  int generation_ = -1;       // of the backend's connection when it was made
  bool up_ = false;
  bool making_ = false;
  bool retired_ = false;
};

}  // namespace bulkhead::upstream
