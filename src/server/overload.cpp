#include "bulkhead/server/overload.hpp"

#include "bulkhead/session/session.hpp"

#include <algorithm>
#include <malloc.h>
#include <vector>

namespace bulkhead::server {
namespace {

// Who reads again after a moment need not be closed.
constexpr int kTicksOfGrace = 2;
constexpr int kMostTenantsAtOnce = 16;

}  // namespace

void Overload::tick() {
  const std::size_t most = context_.snapshot->config.limits.process_buffers;
  const std::size_t held = context_.registry.buffered();
  allot(held, most);
  over_for_ = held > most ? over_for_ + 1 : 0;
  if (over_for_ >= kTicksOfGrace) shed(held - most / 10 * 9);
}

// What it has, and its part of what is free: the workers together stay below the limit until the
// next tick. Where nothing is free, who holds little may still go on.
void Overload::allot(std::size_t held, std::size_t most) {
  upstream::Budget& budget = context_.budget;
  const std::size_t free = most > held ? (most - held) / workers_ : 0;
  const std::size_t little = most / workers_ / 16;
  budget.most = free != 0 ? budget.held + free : std::max(budget.held / 10 * 9, little);
  budget.pressed_from = held > most / 2 ? 0 : budget.held + free / 2;
}

// Takes from the tenants that hold the most, each worker its part.
void Overload::shed(std::size_t surplus) {
  int tenants = 0;
  bool closed = false;
  for (const metrics::Holding& holding : context_.registry.holdings()) {
    if (surplus == 0 || ++tenants > kMostTenantsAtOnce) break;
    const std::size_t wanted = std::min(surplus, holding.bytes);
    surplus -= wanted;
    const metrics::TenantCounters* counters =
        holding.tenant ? context_.counters.peek_tenant(*holding.tenant) : nullptr;
    if (holding.tenant && counters == nullptr) continue;  // other workers have its clients
    const metrics::Gauge& here =
        counters != nullptr ? counters->buffered : context_.counters.unauthenticated_buffered;
    const double part = static_cast<double>(here.value()) / static_cast<double>(holding.bytes);
    closed |=
        shed_from(counters, static_cast<std::size_t>(static_cast<double>(wanted) * part)) != 0;
  }
  if (closed) malloc_trim(0);  // the limit is about what the process holds, not what it uses
}

// The largest first. How many bytes that freed.
std::size_t Overload::shed_from(const metrics::TenantCounters* counters, std::size_t wanted) {
  std::vector<session::Session*> candidates;
  for (session::Session& session : *context_.sessions) {
    if (session.counters() == counters && session.buffered() != 0) candidates.push_back(&session);
  }
  std::sort(candidates.begin(), candidates.end(),
            [](auto* a, auto* b) { return a->buffered() > b->buffered(); });
  std::vector<boost::intrusive_ptr<session::Session>> closing;
  std::size_t freed = 0;
  for (session::Session* session : candidates) {
    if (freed >= wanted) break;
    freed += session->buffered();
    closing.emplace_back(session);
  }
  for (const auto& session : closing) session->shed();
  return freed;
}

}  // namespace bulkhead::server
