// All counters of the process, and their exposition. Made in main; workers are added before their
// threads start. numbering() and render() may be called from any thread, but not by a worker on the
// way of a command: they take a lock.
#pragma once

#include "bulkhead/metrics/counters.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bulkhead::metrics {

// Which number a tenant, feature or backend of one snapshot has in the counters. Numbers belong to
// names and outlive reloads, so that a total never falls back.
struct Numbering {
  std::vector<std::uint32_t> tenants;
  std::vector<std::uint16_t> features;
  std::vector<std::uint16_t> backends;
};

// One tenant's counters over all workers and features.
struct TenantTotals {
  double commands = 0, errors = 0, received_bytes = 0, sent_bytes = 0, hits = 0, misses = 0;
  double connections = 0, blocked = 0, denied = 0, clients = 0, tracking = 0;
};

// What is held for the clients of one tenant, or, without one, for those without an identity.
struct Holding {
  std::optional<std::uint32_t> tenant;
  std::size_t bytes;
};

class Registry {
 public:
  explicit Registry(std::vector<std::string> row_names);

  WorkerCounters& add_worker();
  AuditCounters& audit() { return audit_; }

  std::shared_ptr<const Numbering> numbering(std::span<const std::string_view> tenants,
                                             std::span<const std::string> features,
                                             std::span<const std::string_view> backends);
  void count_reload(bool ok);

  // Over all workers, without the lock.
  std::int64_t clients() const;
  std::int64_t pinned(std::uint32_t tenant) const;
  std::int64_t subscriptions(std::uint32_t tenant) const;
  bool any_backend_up() const;
  // The best in which one of the workers has found the backend: each asks for itself.
  Condition condition(std::uint16_t backend) const;
  // The worst of the workers' breakers.
  BreakerState breaker(std::uint16_t backend) const;
  // Bytes in the buffers of all workers.
  std::size_t buffered() const;
  // Who holds them, the most first.
  std::vector<Holding> holdings() const;
  TenantTotals totals(std::uint32_t tenant) const;
  // Those that were called or refused, in the order of the rows.
  std::vector<CommandTotals> command_totals(std::uint32_t tenant) const;
  // In the order of their codes.
  std::vector<ErrorTotals> error_totals(std::uint32_t tenant) const;

  // The exposition in Prometheus' text format.
  std::string render() const;

 private:
  // Names in the order in which they were first seen.
  struct Names {
    std::uint32_t number(std::string_view name);
    std::unordered_map<std::string, std::uint32_t> numbers;
    std::vector<std::string> list;
  };
  friend class Exposition;

  std::vector<std::string> row_names_;
  std::deque<WorkerCounters> workers_;
  AuditCounters audit_;
  mutable std::mutex mutex_;  // what follows: touched by reloads and scrapes
  Names tenants_, features_, backends_;
  std::uint64_t reloads_ok_ = 0, reloads_failed_ = 0;
  double loaded_at_ = 0;
  double started_at_ = 0;
};

}  // namespace bulkhead::metrics
