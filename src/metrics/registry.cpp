#include "bulkhead/metrics/registry.hpp"

#include "exposition.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>

namespace bulkhead::metrics {
namespace {

double unix_now() {
  using namespace std::chrono;
  return duration<double>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::uint32_t Registry::Names::number(std::string_view name) {
  const auto [found, added] =
      numbers.try_emplace(std::string(name), static_cast<std::uint32_t>(list.size()));
  if (added) list.emplace_back(name);
  return found->second;
}

Registry::Registry(std::vector<std::string> row_names)
    : row_names_(std::move(row_names)), started_at_(unix_now()) {}

WorkerCounters& Registry::add_worker() {
  return workers_.emplace_back(row_names_.size());
}

std::shared_ptr<const Numbering> Registry::numbering(std::span<const std::string_view> tenants,
                                                     std::span<const std::string> features,
                                                     std::span<const std::string_view> backends) {
  const std::lock_guard lock(mutex_);
  auto numbers = std::make_shared<Numbering>();
  // Past the end of the arrays everybody shares the last place: no metric is worth a crash.
  for (std::string_view name : tenants) {
    numbers->tenants.push_back(std::min<std::uint32_t>(
        tenants_.number(name), static_cast<std::uint32_t>(WorkerCounters::kTenantsMax - 1)));
  }
  for (const std::string& name : features) {
    numbers->features.push_back(static_cast<std::uint16_t>(
        std::min<std::size_t>(features_.number(name), kFeaturesMax - 1)));
  }
  for (std::string_view name : backends) {
    numbers->backends.push_back(static_cast<std::uint16_t>(
        std::min<std::size_t>(backends_.number(name), WorkerCounters::kBackendsMax - 1)));
  }
  loaded_at_ = unix_now();
  return numbers;
}

void Registry::count_reload(bool ok) {
  const std::lock_guard lock(mutex_);
  ++(ok ? reloads_ok_ : reloads_failed_);
}

std::int64_t Registry::clients() const {
  std::int64_t total = 0;
  for (const WorkerCounters& worker : workers_) total += worker.clients.value();
  return total;
}

std::int64_t Registry::pinned(std::uint32_t tenant) const {
  std::int64_t total = 0;
  for (const WorkerCounters& worker : workers_) {
    const TenantCounters* counters = worker.peek_tenant(tenant);
    if (counters != nullptr) total += counters->pinned.value();
  }
  return total;
}

std::int64_t Registry::subscriptions(std::uint32_t tenant) const {
  std::int64_t total = 0;
  for (const WorkerCounters& worker : workers_) {
    const TenantCounters* counters = worker.peek_tenant(tenant);
    if (counters != nullptr) total += counters->subscriptions.value();
  }
  return total;
}

bool Registry::any_backend_up() const {
  for (const WorkerCounters& worker : workers_) {
    for (std::size_t b = 0; b < WorkerCounters::kBackendsMax; ++b) {
      const BackendCounters* counters = worker.peek_backend(b);
      if (counters != nullptr && counters->up.value() != 0) return true;
    }
  }
  return false;
}

Condition Registry::condition(std::uint16_t backend) const {
  Condition best = Condition::unknown;
  for (const WorkerCounters& worker : workers_) {
    const BackendCounters* counters = worker.peek_backend(backend);
    if (counters == nullptr) continue;
    const auto one = static_cast<Condition>(counters->condition.value());
    if (best == Condition::unknown || (one != Condition::unknown && one < best)) best = one;
  }
  return best;
}

BreakerState Registry::breaker(std::uint16_t backend) const {
  std::int64_t worst = 0;
  for (const WorkerCounters& worker : workers_) {
    const BackendCounters* counters = worker.peek_backend(backend);
    if (counters != nullptr) worst = std::max(worst, counters->breaker.value());
  }
  return static_cast<BreakerState>(worst);
}

std::size_t Registry::buffered() const {
  std::int64_t total = 0;
  for (const WorkerCounters& worker : workers_) total += worker.buffer_bytes.value();
  return static_cast<std::size_t>(std::max<std::int64_t>(total, 0));
}

std::vector<Holding> Registry::holdings() const {
  std::unordered_map<std::size_t, std::int64_t> bytes;
  std::int64_t nobodys = 0;
  for (const WorkerCounters& worker : workers_) {
    worker.each_tenant([&](std::size_t number, const TenantCounters& counters) {
      bytes[number] += counters.buffered.value();
    });
    nobodys += worker.unauthenticated_buffered.value();
  }
  std::vector<Holding> holdings;
  for (const auto& [number, held] : bytes) {
    if (held > 0) {
      holdings.push_back({static_cast<std::uint32_t>(number), static_cast<std::size_t>(held)});
    }
  }
  if (nobodys > 0) holdings.push_back({std::nullopt, static_cast<std::size_t>(nobodys)});
  std::sort(holdings.begin(), holdings.end(),
            [](const Holding& a, const Holding& b) { return a.bytes > b.bytes; });
  return holdings;
}

std::string Registry::render() const {
  return prometheus::TextSerializer().Serialize(Exposition(*this).Collect());
}

}  // namespace bulkhead::metrics
