#include "bulkhead/upstream/backend.hpp"

namespace bulkhead::upstream {
namespace {

constexpr auto kFencedIdle = std::chrono::seconds(60);

}  // namespace

Backend::Backend(const Services& services, std::shared_ptr<const config::Backend> settings,
                 const config::Limits& limits, metrics::BackendCounters& counters)
    : services_(services),
      settings_(std::move(settings)),
      limits_(std::make_shared<LaneLimits>()),
      counters_(counters),
      pinned_(services, settings_, limits_, counters),
      control_(new Control(services, settings_, counters)) {
  follow(limits);
  control_->start();
}

void Backend::follow(const config::Limits& limits) {
  *limits_ = {limits.lane_output, limits.slow_reader_grace, limits.client_output,
              limits.lane_in_flight * kCommandCost};
}

void Backend::retire() {
  retired_ = true;
  control_->stop();
  pinned_.retire();
  for (auto& [key, fenced] : fenced_) fenced.lane->retire();
  for (auto& lanes : lanes_) {
    for (auto& lane : lanes) lane->retire();
  }
}

SharedLane& Backend::fenced_lane(const FenceUser& user, int db, bool resp3) {
  FencedLane& found = fenced_[{user.name, db, resp3}];
  found.used = services_.turn.now();
  if (found.lane == nullptr) {
    LaneSettings settings;
    settings.backend = settings_;
    settings.db = db;
    settings.resp3 = resp3;
    settings.limits = limits_;
    settings.user = user.name;
    settings.password = user.password;
    found.lane = new SharedLane(services_, std::move(settings), counters_);
    if (retired_) found.lane->retire();
    found.lane->start();
  }
  return *found.lane;
}

void Backend::renew_fenced(const std::string& user) {
  for (auto it = fenced_.begin(); it != fenced_.end();) {
    if (std::get<0>(it->first) != user) {
      ++it;
      continue;
    }
    it->second.lane->retire();
    leaving_.push_back(std::move(it->second.lane));
    it = fenced_.erase(it);
  }
}

void Backend::tick_fenced(Instant now) {
  for (auto it = fenced_.begin(); it != fenced_.end();) {
    it->second.lane->tick(now);
    if (now - it->second.used > kFencedIdle && it->second.lane->idle()) {
      it->second.lane->retire();
      leaving_.push_back(std::move(it->second.lane));
      it = fenced_.erase(it);
    } else {
      ++it;
    }
  }
  for (auto& lane : leaving_) lane->tick(now);
  std::erase_if(leaving_, [](const auto& lane) { return lane->ended(); });
}

bool Backend::ended() const {
  for (const auto& lane : leaving_) {
    if (!lane->ended()) return false;
  }
  for (const auto& [key, fenced] : fenced_) {
    if (!fenced.lane->ended()) return false;
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
    LaneSettings settings;
    settings.backend = settings_;
    settings.db = static_cast<int>(slot / 2);
    settings.resp3 = slot % 2 != 0;
    settings.limits = limits_;
    settings.fair = true;
    lanes_[slot].emplace_back(new SharedLane(services_, std::move(settings), counters_));
    if (retired_) lanes_[slot].back()->retire();  // refuses every command
    lanes_[slot].back()->start();
  }
}

void Backend::tick(Instant now) {
  control_->tick(now);
  pinned_.tick(now);
  tick_fenced(now);
  for (auto& lanes : lanes_) {
    for (auto& lane : lanes) lane->tick(now);
  }
}

std::size_t Backend::buffered() const {
  std::size_t total = pinned_.buffered();
  for (const auto& [key, fenced] : fenced_) total += fenced.lane->buffered();
  for (const auto& lanes : lanes_) {
    for (const auto& lane : lanes) total += lane->buffered();
  }
  return total;
}

}  // namespace bulkhead::upstream
