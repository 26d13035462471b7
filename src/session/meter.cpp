#include "bulkhead/session/meter.hpp"

#include "bulkhead/session/session.hpp"

#include <algorithm>
#include <bit>

namespace bulkhead::session {

Tap::Tap(const policy::Allowance::Bucket& bucket) : limit(bucket.limit), lease(*bucket.tokens) {}

Tap::~Tap() = default;

Meter::Meter(std::shared_ptr<const request::Snapshot> snapshot, const policy::Allowance& allowance)
    : snapshot_(std::move(snapshot)), allowance_(allowance) {
  for (const auto& bucket : allowance.buckets()) taps_.emplace_back(bucket);
  if (allowance.bytes() >= 0) bytes_ = &taps_[static_cast<std::size_t>(allowance.bytes())];
  if (allowance.connections() >= 0) {
    connections_ = &taps_[static_cast<std::size_t>(allowance.connections())];
  }
}

Meter::~Meter() = default;

void Meter::draw(std::uint32_t draws, std::size_t bytes, Instant now) {
  for (; draws != 0; draws &= draws - 1) {
    Tap& tap = taps_[static_cast<std::size_t>(std::countr_zero(draws))];
    tap.lease.spend(&tap == bytes_ ? static_cast<std::int64_t>(bytes) : 1, now);
  }
}

Meters::Meters(asio::io_context& io, upstream::Turn& turn)
    : turn_(turn), timer_(io.get_executor()) {}

boost::intrusive_ptr<Meter> Meters::of(const std::shared_ptr<const request::Snapshot>& snapshot,
                                       const tenant::Tenant& tenant) {
  const policy::Allowance* allowance = snapshot->allowances.of(tenant.index);
  if (allowance == nullptr) return nullptr;
  if (newest_ != snapshot.get()) {
    newest_ = snapshot.get();
    std::erase_if(meters_, [](const auto& one) { return one.second->use_count() == 1; });
  }
  auto& meter = meters_[allowance];
  if (meter == nullptr) meter = new Meter(snapshot, *allowance);
  return meter;
}

void Meters::await(boost::intrusive_ptr<Meter> meter, Tap& tap, Session& session,
                   Instant deadline) {
  if (tap.waiting.empty()) {
    const bool served = std::any_of(served_.begin(), served_.end(),
                                    [&](const Served& one) { return one.tap == &tap; });
    if (!served) served_.push_back({std::move(meter), &tap});
  }
  tap.waiting.push_back({&session, deadline});
  arm(next_event(tap));
}

Instant Meters::next_event(const Tap& tap) {
  return std::min(tap.lease.retry_at(), tap.waiting.front().deadline);
}

void Meters::arm(Instant when) {
  if (when >= armed_for_) return;
  armed_for_ = when;
  timer_.expires_at(when);
  timer_.async_wait([this](error_code error) {
    if (!error) on_timer();
  });
}

// Serving a client may have others wait, at the same tap or at another one.
void Meters::on_timer() {
  armed_for_ = Instant::max();
  const Instant now = turn_.now();
  for (std::size_t i = 0; i < served_.size(); ++i) {
    const auto meter = served_[i].meter;
    serve(*served_[i].tap, now);
  }
  std::erase_if(served_, [](const Served& one) { return one.tap->waiting.empty(); });
  for (const Served& one : served_) arm(next_event(*one.tap));
}

void Meters::serve(Tap& tap, Instant now) {
  while (!tap.waiting.empty()) {
    const bool late = tap.waiting.front().deadline <= now;
    if (!late && !tap.lease.open(now)) return;
    const auto session = std::move(tap.waiting.front().session);
    tap.waiting.pop_front();
    session->on_tokens();
  }
}

}  // namespace bulkhead::session
