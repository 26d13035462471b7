#include "exposition.hpp"

#include "bulkhead/base/process.hpp"
#include "families.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace bulkhead::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Labels = std::vector<ClientMetric::Label>;
using Families = std::vector<MetricFamily>;

constexpr std::array kClosedLabels = {"by_client", "killed",      "protocol",        "auth_timeout",
                                      "idle",      "slow_reader", "slow_subscriber", "over_memory",
                                      "removed",   "draining",    "failed"};
constexpr std::array kLostLabels = {"by_backend",    "timeout",   "protocol",
                                    "surplus_reply", "handshake", "retired"};
constexpr std::array kModeLabels = {"active", "idle", "blocked", "subscribed"};
constexpr std::array kAuthFailureLabels = {"wrong", "expired", "source_refused", "banned"};
constexpr std::array kBanLabels = {"pair", "source", "user"};
static_assert(kAuthFailureLabels.size() == kAuthFailures && kBanLabels.size() == kBans);
static_assert(kClosedLabels.size() == kClosed && kLostLabels.size() == kLost &&
              kModeLabels.size() == kClientModes);

void add(Families& families, Family family, Labels labels, double value) {
  MetricFamily& to = families[static_cast<std::size_t>(family)];
  ClientMetric metric;
  metric.label = std::move(labels);
  if (to.type == prometheus::MetricType::Gauge)
    metric.gauge.value = value;
  else
    metric.counter.value = value;
  to.metric.push_back(std::move(metric));
}

// Counters that have never moved are left out: most tenants never see most refusals.
void add_nonzero(Families& families, Family family, Labels labels, double value) {
  if (value != 0) add(families, family, std::move(labels), value);
}

// Buckets of several workers, added up.
struct HistogramSum {
  std::array<std::uint64_t, Histogram::kBuckets + 1> buckets{};
  double seconds = 0;

  void add(const Histogram& histogram) {
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += histogram.bucket(i);
    seconds += histogram.sum_seconds();
  }
};

void add_histogram(Families& families, Family family, Labels labels, const HistogramSum& sum) {
  ClientMetric metric;
  metric.label = std::move(labels);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
    count += sum.buckets[i];
    const double bound = i < Histogram::kBuckets ? Histogram::bound_seconds(i)
                                                 : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = sum.seconds;
  families[static_cast<std::size_t>(family)].metric.push_back(std::move(metric));
}

}  // namespace

double Exposition::sum(const std::function<double(const WorkerCounters&)>& of) const {
  double total = 0;
  for (const WorkerCounters& worker : registry_.workers_) total += of(worker);
  return total;
}

void Exposition::collect_process(Families& families) const {
  const ProcessFacts facts = process_facts();
  add(families, Family::build_info, {{"version", BULKHEAD_VERSION}}, 1);
  add(families, Family::workers, {}, static_cast<double>(registry_.workers_.size()));
  add(families, Family::buffer_bytes, {},
      sum([](const WorkerCounters& w) { return static_cast<double>(w.buffer_bytes.value()); }));
  add(families, Family::resident_memory, {}, facts.resident_bytes);
  add(families, Family::cpu_seconds, {}, facts.cpu_seconds);
  add(families, Family::open_fds, {}, facts.open_fds);
  add(families, Family::start_time, {}, registry_.started_at_);
  add(families, Family::config_reloads, {{"result", "ok"}},
      static_cast<double>(registry_.reloads_ok_));
  add(families, Family::config_reloads, {{"result", "failed"}},
      static_cast<double>(registry_.reloads_failed_));
  add(families, Family::config_loaded, {}, registry_.loaded_at_);
}

void Exposition::collect_audit(Families& families) const {
  const AuditCounters& audit = registry_.audit_;
  const auto queue = static_cast<double>(audit.dropped_queue.value()) + sum([](const auto& w) {
                       return static_cast<double>(w.audit_dropped_queue.value());
                     });
  const auto rate =
      sum([](const auto& w) { return static_cast<double>(w.audit_dropped_rate.value()); });
  add(families, Family::audit_lines, {}, static_cast<double>(audit.lines.value()));
  add(families, Family::audit_dropped, {{"reason", "queue"}}, queue);
  add(families, Family::audit_dropped, {{"reason", "rate"}}, rate);
  add(families, Family::audit_dropped, {{"reason", "write"}},
      static_cast<double>(audit.dropped_write.value()));
}

void Exposition::collect_downstream(Families& families) const {
  const auto total = [&](const Counter WorkerCounters::*counter) {
    return sum([=](const WorkerCounters& w) { return static_cast<double>((w.*counter).value()); });
  };
  add(families, Family::connections_accepted, {}, total(&WorkerCounters::accepted));
  add(families, Family::connections_rejected, {{"reason", "max_clients"}},
      total(&WorkerCounters::rejected_max_clients));
  add(families, Family::connections_rejected, {{"reason", "draining"}},
      total(&WorkerCounters::rejected_draining));
  add(families, Family::connections_rejected, {{"reason", "untrusted_source"}},
      total(&WorkerCounters::rejected_source));
  add(families, Family::connections_rejected, {{"reason", "proxy_header"}},
      total(&WorkerCounters::rejected_header));
  for (std::size_t i = 0; i < kAuthFailures; ++i) {
    add(families, Family::auth_failures, {{"reason", kAuthFailureLabels[i]}},
        sum([=](const auto& w) { return static_cast<double>(w.auth_failures[i].value()); }));
  }
  for (std::size_t i = 0; i < kBans; ++i) {
    add(families, Family::auth_bans, {{"of", kBanLabels[i]}},
        sum([=](const auto& w) { return static_cast<double>(w.bans[i].value()); }));
  }
  add(families, Family::connections_rejected, {{"reason", "descriptors"}},
      total(&WorkerCounters::rejected_descriptors));
  add(families, Family::accept_pauses, {}, total(&WorkerCounters::accept_pauses));
  add(families, Family::tenant_buffers, {{"tenant", ""}}, sum([](const WorkerCounters& w) {
        return static_cast<double>(w.unauthenticated_buffered.value());
      }));
  add(families, Family::clients_shed, {{"tenant", ""}},
      total(&WorkerCounters::shed_unauthenticated));
  add(families, Family::connections_unauthenticated, {},
      sum([](const WorkerCounters& w) { return static_cast<double>(w.unauthenticated.value()); }));
  for (std::size_t i = 0; i < kClosed; ++i) {
    add(families, Family::connections_closed, {{"reason", kClosedLabels[i]}},
        sum([=](const WorkerCounters& w) { return static_cast<double>(w.closed[i].value()); }));
  }
  for (std::size_t i = 0; i < kReasons; ++i) {
    add_nonzero(families, Family::anonymous_refusals,
                {{"reason", std::string(label(static_cast<Reason>(i)))}},
                sum([=](const WorkerCounters& w) {
                  return static_cast<double>(w.anonymous_refusals[i].value());
                }));
  }
  for (std::size_t row = 0; row < registry_.row_names_.size(); ++row) {
    add_nonzero(families, Family::commands_by_name, {{"command", registry_.row_names_[row]}},
                sum([=](const WorkerCounters& w) {
                  return static_cast<double>(w.commands_by_row[row].value());
                }));
  }
}

void Exposition::collect_features(Families& families, std::uint32_t number) const {
  const std::string& tenant = registry_.tenants_.list[number];
  for (std::size_t f = 0; f < registry_.features_.list.size() && f < kFeaturesMax; ++f) {
    double commands = 0, errors = 0, received = 0, sent = 0, hits = 0, misses = 0;
    double missing = 0, over_max = 0;
    double missed = 0, dropped = 0;
    HistogramSum duration;
    for (const WorkerCounters& worker : registry_.workers_) {
      const TenantCounters* counters = worker.peek_tenant(number);
      const FeatureCounters* of = counters ? counters->features.peek(f) : nullptr;
      if (of == nullptr) continue;
      commands += static_cast<double>(of->commands.value());
      errors += static_cast<double>(of->errors.value());
      received += static_cast<double>(of->received_bytes.value());
      sent += static_cast<double>(of->sent_bytes.value());
      hits += static_cast<double>(of->hits.value());
      misses += static_cast<double>(of->misses.value());
      missing += static_cast<double>(of->ttl_missing.value());
      over_max += static_cast<double>(of->ttl_over_max.value());
      missed += static_cast<double>(of->missed_reads.value());
      dropped += static_cast<double>(of->dropped_writes.value());
      duration.add(of->duration);
    }
    if (commands == 0) continue;
    const Labels labels = {{"tenant", tenant}, {"feature", registry_.features_.list[f]}};
    add(families, Family::commands, labels, commands);
    add(families, Family::command_errors, labels, errors);
    add(families, Family::received_bytes, labels, received);
    add(families, Family::sent_bytes, labels, sent);
    add(families, Family::hits, labels, hits);
    add(families, Family::misses, labels, misses);
    add_nonzero(families, Family::ttl_missing, labels, missing);
    add_nonzero(families, Family::ttl_over_max, labels, over_max);
    add_nonzero(families, Family::missed_reads, labels, missed);
    add_nonzero(families, Family::dropped_writes, labels, dropped);
    add_histogram(families, Family::command_duration, labels, duration);
  }
}

void Exposition::collect_tenant(Families& families, std::uint32_t number) const {
  const auto total = [&](const std::function<double(const TenantCounters&)>& of) {
    return sum([&](const WorkerCounters& w) {
      const TenantCounters* counters = w.peek_tenant(number);
      return counters == nullptr ? 0.0 : of(*counters);
    });
  };
  const std::string& tenant = registry_.tenants_.list[number];
  for (std::size_t i = 0; i < kReasons; ++i) {
    add_nonzero(families, Family::refusals,
                {{"tenant", tenant}, {"reason", std::string(label(static_cast<Reason>(i)))}},
                total([=](const auto& t) { return static_cast<double>(t.refusals[i].value()); }));
  }
  for (std::size_t row = 0; row < registry_.row_names_.size(); ++row) {
    add_nonzero(families, Family::denied_commands,
                {{"tenant", tenant}, {"command", registry_.row_names_[row]}},
                total([=](const auto& t) {
                  const auto* denied = t.denied.peek(0);
                  return denied == nullptr ? 0.0 : static_cast<double>((*denied)[row].value());
                }));
  }
  add(families, Family::foreign_names, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.foreign_names.value()); }));
  add(families, Family::fence_trips, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.fence_trips.value()); }));
  add(families, Family::scripts_killed, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.scripts_killed.value()); }));
  add(families, Family::slow_readers, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.slow_readers.value()); }));
  add(families, Family::subscriptions, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.subscriptions.value()); }));
  add(families, Family::messages, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.messages.value()); }));
  add(families, Family::slow_subscribers, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.slow_subscribers.value()); }));
  add(families, Family::tenant_buffers, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.buffered.value()); }));
  add(families, Family::clients_shed, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.shed.value()); }));
  add_nonzero(
      families, Family::monitor_lines_dropped, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.monitor_lines_dropped.value()); }));
  add(families, Family::tenant_queued, {{"tenant", tenant}},
      total([](const auto& t) { return static_cast<double>(t.queued.value()); }));
  for (std::size_t mode = 0; mode < kClientModes; ++mode) {
    add(families, Family::connections, {{"tenant", tenant}, {"state", kModeLabels[mode]}},
        total([=](const auto& t) { return static_cast<double>(t.connections[mode].value()); }));
  }
  collect_features(families, number);
}

// Tenants that no worker has seen are left out: what 100,000 configured ones cost is their use.
void Exposition::collect_tenants(Families& families) const {
  for (std::uint32_t number = 0; number < registry_.tenants_.list.size(); ++number) {
    for (const WorkerCounters& worker : registry_.workers_) {
      if (worker.peek_tenant(number) == nullptr) continue;
      collect_tenant(families, number);
      break;
    }
  }
}

void Exposition::collect_backends(Families& families) const {
  for (std::size_t b = 0; b < registry_.backends_.list.size(); ++b) {
    const std::string& name = registry_.backends_.list[b];
    const auto total = [&](const std::function<double(const BackendCounters&)>& of) {
      return sum([&](const WorkerCounters& w) {
        const BackendCounters* counters = w.peek_backend(b);
        return counters == nullptr ? 0.0 : of(*counters);
      });
    };
    const auto gauge = [](const Gauge& g) { return static_cast<double>(g.value()); };
    // Every worker asks for itself: the backend is up when one of them reaches it.
    const double up = total([&](const auto& c) { return gauge(c.up); });
    add(families, Family::backend_up, {{"backend", name}}, up > 0 ? 1 : 0);
    add(families, Family::backend_lanes, {{"backend", name}, {"kind", "shared"}},
        total([&](const auto& c) { return gauge(c.lanes_shared); }));
    add(families, Family::backend_lanes, {{"backend", name}, {"kind", "pinned"}},
        total([&](const auto& c) { return gauge(c.lanes_pinned); }));
    add(families, Family::backend_lanes, {{"backend", name}, {"kind", "fenced"}},
        total([&](const auto& c) { return gauge(c.lanes_fenced); }));
    add(families, Family::backend_queue, {{"backend", name}},
        total([&](const auto& c) { return gauge(c.queue); }));
    add(families, Family::backend_connects, {{"backend", name}, {"result", "ok"}},
        total([](const auto& c) { return static_cast<double>(c.connects.value()); }));
    add(families, Family::backend_connects, {{"backend", name}, {"result", "failed"}},
        total([](const auto& c) { return static_cast<double>(c.connects_failed.value()); }));
    add(families, Family::backend_resubscribed, {{"backend", name}},
        total([](const auto& c) { return static_cast<double>(c.resubscribed.value()); }));
    for (std::size_t i = 0; i < kLost; ++i) {
      add(families, Family::backend_lost, {{"backend", name}, {"reason", kLostLabels[i]}},
          total([=](const auto& c) { return static_cast<double>(c.lost[i].value()); }));
    }
    const Condition condition = registry_.condition(static_cast<std::uint16_t>(b));
    for (std::size_t i = 1; i < kConditions; ++i) {
      add(families, Family::backend_condition,
          {{"backend", name}, {"condition", std::string(kConditionLabels[i])}},
          condition == static_cast<Condition>(i) ? 1 : 0);
    }
    for (std::size_t i = 0; i < kBreakerStates; ++i) {
      add(families, Family::backend_breaker_transitions,
          {{"backend", name}, {"to", std::string(kBreakerLabels[i])}},
          total([=](const auto& c) { return static_cast<double>(c.transitions[i].value()); }));
    }
    add(families, Family::backend_overdue, {{"backend", name}},
        total([](const auto& c) { return static_cast<double>(c.overdue.value()); }));
    // The worst of the workers' states: a sum would say nothing.
    double breaker = 0;
    for (const WorkerCounters& worker : registry_.workers_) {
      if (const BackendCounters* c = worker.peek_backend(b)) {
        breaker = std::max(breaker, gauge(c->breaker));
      }
    }
    add(families, Family::backend_breaker, {{"backend", name}}, breaker);
    HistogramSum round_trip, wait;
    for (const WorkerCounters& worker : registry_.workers_) {
      const BackendCounters* c = worker.peek_backend(b);
      if (c == nullptr) continue;
      round_trip.add(c->round_trip);
      wait.add(c->wait);
    }
    add_histogram(families, Family::backend_wait, {{"backend", name}}, wait);
    add_histogram(families, Family::backend_round_trip, {{"backend", name}}, round_trip);
  }
}

std::vector<MetricFamily> Exposition::Collect() const {
  Families families = empty_families();
  const std::lock_guard lock(registry_.mutex_);
  collect_process(families);
  collect_audit(families);
  collect_downstream(families);
  collect_tenants(families);
  collect_backends(families);
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return families;
}

}  // namespace bulkhead::metrics
