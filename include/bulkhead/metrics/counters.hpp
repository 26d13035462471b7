// What one worker counts, as plain members: nothing is looked up by name on the way of a command.
// Written by the worker's thread only, read by the one that answers a scrape; hence the relaxed
// atomics, which cost the writer no more than an ordinary addition.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/metrics/command_counters.hpp"
#include "bulkhead/metrics/condition.hpp"
#include "bulkhead/metrics/counter.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <vector>

namespace bulkhead::metrics {

// Bounds are powers of two microseconds, from 64 us to 8.4 s: the bucket is found by counting bits.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 18;  // and one for all that is longer

  void observe(std::chrono::nanoseconds duration) {
    const auto us = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count()) / 1000;
    const auto bucket = static_cast<std::size_t>(std::bit_width(us >> 6));
    buckets_[bucket < kBuckets ? bucket : kBuckets].add();
    microseconds_.add(us);
  }
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].value(); }
  std::uint64_t count() const {
    std::uint64_t total = 0;
    for (const Counter& bucket : buckets_) total += bucket.value();
    return total;
  }
  double sum_seconds() const { return static_cast<double>(microseconds_.value()) / 1e6; }
  static double bound_seconds(std::size_t i) { return 64e-6 * static_cast<double>(1u << i); }

 private:
  std::array<Counter, kBuckets + 1> buckets_{};
  Counter microseconds_;
};

struct FeatureCounters {
  Counter commands, errors, received_bytes, sent_bytes, hits, misses;
  Counter ttl_missing, ttl_over_max;  // writes that a TTL policy changed, or would have
  // While the backend was away, with `on_failure: miss`.
  Counter missed_reads, dropped_writes;
  Histogram duration;

  void count_expiry(bool missing) { (missing ? ttl_missing : ttl_over_max).add(); }
};

// Why a client connection ended.
enum class Closed : std::uint8_t {
  by_client,
  killed,
  protocol,
  auth_timeout,
  idle,
  slow_reader,
  slow_subscriber,
  over_memory,
  removed,
  draining,
  failed
};
inline constexpr std::size_t kClosed = static_cast<std::size_t>(Closed::failed) + 1;

// Why a lane ended.
enum class Lost : std::uint8_t { by_backend, timeout, protocol, surplus_reply, handshake, retired };
inline constexpr std::size_t kLost = static_cast<std::size_t>(Lost::retired) + 1;

// Why credentials were not taken.
enum class AuthFailure : std::uint8_t { wrong, expired, source_refused, banned };
inline constexpr std::size_t kAuthFailures = 4;

// Who is banned: one user from one source, a source, or a user.
enum class Ban : std::uint8_t { pair, source, user };
inline constexpr std::size_t kBans = 3;

enum class ClientMode : std::uint8_t { active, idle, blocked, subscribed };
inline constexpr std::size_t kClientModes = 4;

inline constexpr std::size_t kFeaturesMax = 128;

struct TenantCounters {
  explicit TenantCounters(std::size_t rows)
      : features(kFeaturesMax), denied(1), errors(1), rows_(rows) {}

  FeatureCounters& feature(std::size_t number) { return features.get(number); }
  void deny(std::size_t row) { denied.get(0, rows_)[row].add(); }
  void reject(std::size_t row) { commands.at(row).rejected.add(); }
  void count_error(std::string_view reply) { errors.get(0).count(reply); }

  LazyArray<FeatureCounters> features;
  LazyArray<std::vector<Counter>> denied;  // one element: by row
  CommandTable commands;
  LazyArray<ErrorTable> errors;  // one element
  std::array<Counter, kReasons> refusals;
  std::array<Gauge, kClientModes> connections;
  Gauge subscriptions;
  Counter fence_trips, scripts_killed;
  Counter foreign_names, slow_readers, clients;  // clients: that became this tenant's
  Gauge pinned;                                  // lanes that its clients have leased
  Counter messages, slow_subscribers, monitor_lines_dropped;
  Gauge tracking;  // clients whose reads are tracked
  Gauge queued;    // commands that wait for their turn on a lane
  Gauge buffered;  // bytes held for its clients
  Counter shed;    // clients closed because the process held too much

 private:
  std::size_t rows_;
};

struct BackendCounters {
  Gauge up, breaker, queue;
  Gauge lanes_shared, lanes_pinned, lanes_fenced;
  Counter connects, connects_failed, resubscribed, overdue;
  Gauge condition;                                  // a Condition
  std::array<Counter, kBreakerStates> transitions;  // of the breaker, by the state that it took
  std::array<Counter, kLost> lost;
  Histogram round_trip;
  Histogram wait;  // for a turn, of those that had to
};

// Of the thread that writes the audit log, and of main's.
struct AuditCounters {
  Counter lines, dropped_write;  // the writer's
  Counter dropped_queue;         // main's
};

class WorkerCounters {
 public:
  explicit WorkerCounters(std::size_t rows) : commands_by_row(rows), rows_(rows) {}

  TenantCounters& tenant(std::size_t number) {
    return tenants_.get(number / kChunk, kChunk).get(number % kChunk, rows_);
  }
  const TenantCounters* peek_tenant(std::size_t number) const {
    const auto* chunk = tenants_.peek(number / kChunk);
    return chunk == nullptr ? nullptr : chunk->peek(number % kChunk);
  }
  // Calls `act` with the number and the counters of every tenant that this worker has seen.
  template <class Act>
  void each_tenant(Act act) const {
    for (std::size_t c = 0; c < tenants_.size(); ++c) {
      const auto* chunk = tenants_.peek(c);
      for (std::size_t i = 0; chunk != nullptr && i < kChunk; ++i) {
        if (const TenantCounters* one = chunk->peek(i)) act(c * kChunk + i, *one);
      }
    }
  }
  BackendCounters& backend(std::size_t number) { return backends_.get(number); }
  const BackendCounters* peek_backend(std::size_t number) const { return backends_.peek(number); }

  std::vector<Counter> commands_by_row;
  Counter accepted, rejected_max_clients, rejected_descriptors, rejected_draining;
  Counter rejected_source, rejected_header;  // where a PROXY header is asked for
  std::array<Counter, kAuthFailures> auth_failures;
  std::array<Counter, kBans> bans;
  Counter audit_dropped_queue, audit_dropped_rate;
  std::array<Counter, kReasons> anonymous_refusals;
  std::array<Counter, kClosed> closed;
  Gauge unauthenticated, clients, buffer_bytes;
  Gauge unauthenticated_buffered;
  Counter accept_pauses, shed_unauthenticated;

  static constexpr std::size_t kTenantsMax = 4096 * 1024;
  static constexpr std::size_t kBackendsMax = 256;

 private:
  static constexpr std::size_t kChunk = 1024;

  std::size_t rows_;
  LazyArray<LazyArray<TenantCounters>> tenants_{kTenantsMax / kChunk};
  LazyArray<BackendCounters> backends_{kBackendsMax};
};

}  // namespace bulkhead::metrics
