// The pinned lanes of one backend in one worker: those that are leased, and some that wait for the
// next client. Owned by its backend, touched by its worker's thread only.
#pragma once

#include "bulkhead/upstream/pinned_lane.hpp"

#include <memory>
#include <vector>

namespace bulkhead::upstream {

class PinnedPool {
 public:
  PinnedPool(const Services& services, std::shared_ptr<const config::Backend> backend,
             std::shared_ptr<const LaneLimits> limits, metrics::BackendCounters& counters);

  // A lane without any state, at this database and in this protocol, as the fence's user or,
  // without one, as the proxy's. Null when the backend is retired.
  boost::intrusive_ptr<PinnedLane> lease(int db, bool resp3, PinnedOwner& owner,
                                         const std::shared_ptr<Fence>& fence);
  // Back from its owner, idle and without state.
  void give_back(boost::intrusive_ptr<PinnedLane> lane);

  // Ends all lanes; owners are told.
  void retire();
  bool ended() const { return lanes_.empty(); }

  void tick(Instant now);
  std::size_t buffered() const;

 private:
  struct Waiting {
    boost::intrusive_ptr<PinnedLane> lane;
    Instant since;
  };
  boost::intrusive_ptr<PinnedLane> take_waiting(int db, bool resp3, const Fence* fence);

  const Services services_;
  const std::shared_ptr<const config::Backend> backend_;
  const std::shared_ptr<const LaneLimits> limits_;
  metrics::BackendCounters& counters_;
  const std::shared_ptr<Turnstile> turnstile_;
  std::vector<boost::intrusive_ptr<PinnedLane>> lanes_;  // all of them
  std::vector<Waiting> waiting_;                         // those that nobody has leased
  bool retired_ = false;
};

}  // namespace bulkhead::upstream
