#include "bulkhead/upstream/pinned_pool.hpp"

#include <algorithm>

namespace bulkhead::upstream {
namespace {

constexpr std::size_t kMostWaiting = 32;
constexpr std::size_t kConnectsAtOnce = 64;
constexpr auto kWaitsFor = std::chrono::seconds(30);

}  // namespace

PinnedPool::PinnedPool(const Services& services, std::shared_ptr<const config::Backend> backend,
                       std::shared_ptr<const LaneLimits> limits, metrics::BackendCounters& counters)
    : services_(services),
      backend_(std::move(backend)),
      limits_(std::move(limits)),
      counters_(counters),
      turnstile_(std::make_shared<Turnstile>(services.context, kConnectsAtOnce)) {}

// One that is at the right database already, or else any; of the same user.
boost::intrusive_ptr<PinnedLane> PinnedPool::take_waiting(int db, bool resp3, const Fence* fence) {
  std::erase_if(waiting_, [](const Waiting& one) { return one.lane->ended(); });
  const auto there = [&](const Waiting& one) {
    return one.lane->fence() == fence && one.lane->is_at(db, resp3);
  };
  const auto its = [&](const Waiting& one) { return one.lane->fence() == fence; };
  auto found = std::find_if(waiting_.rbegin(), waiting_.rend(), there);
  if (found == waiting_.rend()) found = std::find_if(waiting_.rbegin(), waiting_.rend(), its);
  if (found == waiting_.rend()) return nullptr;
  auto lane = std::move(found->lane);
  waiting_.erase(std::next(found).base());
  return lane;
}

boost::intrusive_ptr<PinnedLane> PinnedPool::lease(int db, bool resp3, PinnedOwner& owner,
                                                   const std::shared_ptr<Fence>& fence) {
  if (retired_) return nullptr;
  auto lane = take_waiting(db, resp3, fence.get());
  if (lane == nullptr) {
    lane = new PinnedLane(services_, {backend_, limits_, db, resp3, fence}, counters_, turnstile_);
    lanes_.push_back(lane);
    lane->start();
  }
  lane->lease(owner);
  lane->go_to(db, resp3);
  return lane;
}

void PinnedPool::give_back(boost::intrusive_ptr<PinnedLane> lane) {
  lane->leave();
  if (retired_ || waiting_.size() >= kMostWaiting) return lane->end();
  waiting_.push_back({std::move(lane), services_.turn.now()});
}

void PinnedPool::retire() {
  retired_ = true;
  waiting_.clear();
  for (const auto& lane : lanes_) lane->retire();
}

void PinnedPool::tick(Instant now) {
  std::erase_if(waiting_, [now](const Waiting& one) {
    const bool over = now - one.since > kWaitsFor;
    if (over) one.lane->end();
    return over;
  });
  std::erase_if(lanes_, [](const auto& lane) { return lane->ended(); });
  for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i]->tick(now);
}

std::size_t PinnedPool::buffered() const {
  std::size_t total = 0;
  for (const auto& lane : lanes_) total += lane->buffered();
  return total;
}

}  // namespace bulkhead::upstream
