#include "bulkhead/upstream/backend.hpp"

namespace bulkhead::upstream {

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
  *limits_ = {limits.lane_output, limits.slow_reader_grace, limits.client_output};
}

void Backend::retire() {
  retired_ = true;
  control_->stop();
  pinned_.retire();
  for (auto& lanes : lanes_) {
    for (auto& lane : lanes) lane->retire();
  }
}

bool Backend::ended() const {
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
    lanes_[slot].emplace_back(new SharedLane(services_, std::move(settings), counters_));
    if (retired_) lanes_[slot].back()->retire();  // refuses every command
    lanes_[slot].back()->start();
  }
}

void Backend::tick(Instant now) {
  control_->tick(now);
  pinned_.tick(now);
  for (auto& lanes : lanes_) {
    for (auto& lane : lanes) lane->tick(now);
  }
}

std::size_t Backend::buffered() const {
  std::size_t total = pinned_.buffered();
  for (const auto& lanes : lanes_) {
    for (const auto& lane : lanes) total += lane->buffered();
  }
  return total;
}

}  // namespace bulkhead::upstream
