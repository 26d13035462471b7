#include "bulkhead/upstream/backend.hpp"

namespace bulkhead::upstream {
Backend::Backend(const Services& services, std::shared_ptr<const config::Backend> settings,
                 const config::Limits& limits, metrics::BackendCounters& counters)
    : services_(services),
      settings_(std::move(settings)),
      limits_(std::make_shared<LaneLimits>()),
      counters_(counters),
      health_(std::make_shared<Health>(settings_, services.log, counters)),
      pinned_(services, settings_, limits_, counters),
      control_(new Control(services, settings_, health_)) {
  follow(limits);
  health_->watch([this] { follow_breaker(); });
  control_->start();
}

// The fences' lanes hold their fences.
Backend::~Backend() {
  health_->watch(nullptr);
  for (auto& [user, fence] : fences_) fence->drop_lanes();
  for (auto& fence : leaving_) fence->drop_lanes();
}

// What all shared lanes have in common.
LaneSettings Backend::lane_settings() const {
  LaneSettings settings;
  settings.backend = settings_;
  settings.limits = limits_;
  settings.health = health_;
  return settings;
}

template <class Act>
void Backend::for_each_shared(Act act) {
  if (own_ != nullptr) act(*own_);
  for (auto& lanes : lanes_) {
    for (auto& lane : lanes) act(*lane);
  }
}

void Backend::open_breaker(std::string_view reason) {
  told_ = true;
  health_->trip(reason);
  told_ = false;
}

void Backend::follow_breaker() {
  const bool shut = health_->shut();
  for_each_shared([shut](SharedLane& lane) { lane.shut(shut); });
  for (auto& [user, fence] : fences_) fence->shut(shut);
  if (health_->breaker() == Breaker::State::half_open) control_->check_now();
  if (health_->breaker() == Breaker::State::open && !told_ && opened_) opened_(health_->reason());
}

void Backend::follow(const config::Limits& limits) {
  *limits_ = {limits.lane_output, limits.slow_reader_grace, limits.client_output,
              limits.lane_in_flight * kCommandCost};
}

void Backend::retire() {
  retired_ = true;
  control_->stop();
  pinned_.retire();
  for (auto& [user, fence] : fences_) fence->retire();
  for_each_shared([](SharedLane& lane) { lane.retire(); });
}

std::shared_ptr<Fence> Backend::fence(const std::string& user,
                                      const std::function<FenceHooks()>& hooks) {
  auto& found = fences_[user];
  if (found == nullptr) {
    found = std::make_shared<Fence>(services_, weak_from_this(), lane_settings(), counters_, user,
                                    hooks());
    if (retired_) found->retire();
  }
  return found;
}

void Backend::refresh_fences() {
  for (auto& [user, fence] : fences_) fence->refresh();
}

void Backend::drop_fence(const std::string& user) {
  const auto found = fences_.find(user);
  if (found == fences_.end()) return;
  found->second->retire();
  leaving_.push_back(std::move(found->second));
  fences_.erase(found);
}

SharedLane& Backend::own_lane() {
  if (own_ == nullptr) {
    own_ = new SharedLane(services_, lane_settings(), counters_);
    own_->shut(shut());
    if (retired_) own_->retire();
    own_->start();
  }
  return *own_;
}

void Backend::tick_fences(Instant now) {
  if (own_ != nullptr) own_->tick(now);
  for (auto& [user, fence] : fences_) fence->tick(now);
  for (auto& fence : leaving_) fence->tick(now);
  std::erase_if(leaving_, [](const auto& fence) {
    if (!fence->ended()) return false;
    fence->drop_lanes();
    return true;
  });
}

bool Backend::ended() const {
  if (own_ != nullptr && !own_->ended()) return false;
  for (const auto& fence : leaving_) {
    if (!fence->ended()) return false;
  }
  for (const auto& [user, fence] : fences_) {
    if (!fence->ended()) return false;
  }
  for (const auto& lanes : lanes_) {
    for (const auto& lane : lanes) {
      if (!lane->ended()) return false;
    }
  }
  return pinned_.ended();
}

void Backend::open(std::size_t slot) {
  if (slot >= lanes_.size()) lanes_.resize(slot + 1);
  for (int i = 0; i < settings_->lanes; ++i) {
    LaneSettings settings = lane_settings();
    settings.db = static_cast<int>(slot / 2);
    settings.resp3 = slot % 2 != 0;
    settings.fair = true;
    lanes_[slot].emplace_back(new SharedLane(services_, std::move(settings), counters_));
    lanes_[slot].back()->shut(shut());
    if (retired_) lanes_[slot].back()->retire();  // refuses every command
    lanes_[slot].back()->start();
  }
}

void Backend::tick(Instant now) {
  control_->tick(now);
  health_->tick(now);
  pinned_.tick(now);
  tick_fences(now);
  for (auto& lanes : lanes_) {
    for (auto& lane : lanes) lane->tick(now);
  }
}

std::size_t Backend::buffered() const {
  std::size_t total = pinned_.buffered();
  if (own_ != nullptr) total += own_->buffered();
  for (const auto& [user, fence] : fences_) total += fence->buffered();
  for (const auto& lanes : lanes_) {
    for (const auto& lane : lanes) total += lane->buffered();
  }
  return total;
}

}  // namespace bulkhead::upstream
