// One tenant's counters over all workers: for its own INFO and LATENCY.
#include "bulkhead/metrics/registry.hpp"

#include <map>

namespace bulkhead::metrics {

void CommandTotals::add(const CommandCounters& counters) {
  calls += counters.calls.value();
  microseconds += counters.microseconds.value();
  rejected += counters.rejected.value();
  failed += counters.failed.value();
  for (std::size_t i = 0; i < kSpans; ++i) spans[i] += counters.spans[i].value();
}

TenantTotals Registry::totals(std::uint32_t tenant) const {
  TenantTotals totals;
  for (const WorkerCounters& worker : workers_) {
    const TenantCounters* counters = worker.peek_tenant(tenant);
    if (counters == nullptr) continue;
    for (const Gauge& mode : counters->connections) {
      totals.connections += static_cast<double>(mode.value());
    }
    totals.tracking += static_cast<double>(counters->tracking.value());
    totals.blocked += static_cast<double>(
        counters->connections[static_cast<std::size_t>(ClientMode::blocked)].value());
    totals.denied += static_cast<double>(
        counters->refusals[static_cast<std::size_t>(Reason::not_permitted)].value());
    totals.clients += static_cast<double>(counters->clients.value());
    for (std::size_t f = 0; f < kFeaturesMax; ++f) {
      const FeatureCounters* of = counters->features.peek(f);
      if (of == nullptr) continue;
      totals.commands += static_cast<double>(of->commands.value());
      totals.errors += static_cast<double>(of->errors.value());
      totals.received_bytes += static_cast<double>(of->received_bytes.value());
      totals.sent_bytes += static_cast<double>(of->sent_bytes.value());
      totals.hits += static_cast<double>(of->hits.value());
      totals.misses += static_cast<double>(of->misses.value());
    }
  }
  return totals;
}

std::vector<CommandTotals> Registry::command_totals(std::uint32_t tenant) const {
  std::vector<CommandTotals> found;
  for (std::size_t row = 0; row < row_names_.size(); ++row) {
    CommandTotals totals;
    totals.row = row;
    for (const WorkerCounters& worker : workers_) {
      const TenantCounters* counters = worker.peek_tenant(tenant);
      const CommandCounters* of = counters == nullptr ? nullptr : counters->commands.peek(row);
      if (of != nullptr) totals.add(*of);
    }
    if (totals.calls + totals.rejected != 0) found.push_back(totals);
  }
  return found;
}

std::vector<ErrorTotals> Registry::error_totals(std::uint32_t tenant) const {
  std::map<std::string, std::uint64_t, std::less<>> counts;
  for (const WorkerCounters& worker : workers_) {
    const TenantCounters* counters = worker.peek_tenant(tenant);
    const ErrorTable* errors = counters == nullptr ? nullptr : counters->errors.peek(0);
    if (errors == nullptr) continue;
    errors->each([&](std::string_view code, std::uint64_t n) { counts[std::string(code)] += n; });
  }
  std::vector<ErrorTotals> found;
  for (const auto& [code, count] : counts) found.push_back({code, count});
  return found;
}

}  // namespace bulkhead::metrics
