// What a worker offers its sessions. One per worker, touched by its thread only; the snapshot in it
// is replaced on reload, and sessions follow when nothing of theirs is under way.
#pragma once

#include "bulkhead/base/log.hpp"
#include "bulkhead/metrics/registry.hpp"
#include "bulkhead/request/plan.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/session/audit_trail.hpp"
#include "bulkhead/session/monitor.hpp"
#include "bulkhead/session/scripts.hpp"
#include "bulkhead/session/slow_log.hpp"
#include "bulkhead/session/turn_share.hpp"
#include "bulkhead/tenant/login_guard.hpp"
#include "bulkhead/upstream/backend.hpp"
#include "bulkhead/upstream/budget.hpp"
#include "bulkhead/upstream/turn.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace bulkhead::session {

struct Context;
class Session;
struct Sessions;                      // session.hpp
class Fanout;                         // fanout.hpp
using Peers = std::vector<Context*>;  // in the order of the workers

// What a tenant's keys were like; see key_survey.hpp.
struct KeySurvey {
  std::int64_t keys = 0;
  std::int64_t expiring = 0;     // of them
  std::int64_t average_ttl = 0;  // of those that expire, in milliseconds
  std::int64_t bytes = 0;
  Instant made_at{};

  void add(const KeySurvey& other);
};

// How much a tenant was doing, and the totals from which the next rate is taken; see
// info_usage.cpp.
struct Pace {
  Instant taken_at{};
  double commands = 0, received_bytes = 0, sent_bytes = 0;
  double commands_a_second = 0, received_a_second = 0, sent_a_second = 0;
};

// Until when clients may go on that wait for something.
struct Drain {
  Instant blocked_until, subscribed_until;
};

struct Context {
  asio::io_context& io;
  upstream::Turn& turn;
  const Log& log;
  const metrics::Registry& registry;  // for the totals over all workers that INFO tells
  metrics::WorkerCounters& counters;
  std::shared_ptr<const request::Snapshot> snapshot;
  std::shared_ptr<const metrics::Numbering> numbers;
  std::vector<std::shared_ptr<upstream::Backend>> backends;  // in the snapshot's order
  upstream::Budget budget{};  // for the buffers of its sessions and calls
  request::Scratch scratch;
  const Peers* peers = nullptr;  // all workers, this one included
  int worker = 0;                // its index among them
  Sessions* sessions = nullptr;
  Fanout* fanout = nullptr;
  std::unordered_map<std::string, SlowLog> slow_logs{};      // by tenant
  std::unordered_map<std::string, KeySurvey> key_surveys{};  // by tenant and database
  std::unordered_map<std::string, Pace> paces{};             // by tenant
  std::uint64_t slow_commands = 0;                           // for the entries' ids
  std::vector<Monitor> monitors{};                           // of the whole process
  std::unordered_map<std::uint64_t, Session*> monitoring{};  // this worker's, by client id
  Scripts scripts{};
  std::unordered_map<const metrics::TenantCounters*, TurnShare> shares{};
  tenant::LoginGuard guard{};
  AuditTrail audit{};

  std::optional<Drain> drain{};  // while the process ends

  // Whether somebody may want to see that the command is run. A null row: nothing is.
  bool is_watched(const command::Row* row) const {
    return !monitors.empty() || (row != nullptr && audit.watches(*row));
  }
  bool over_budget() const { return budget.over(); }
  bool under_pressure() const { return budget.under_pressure(); }
};

}  // namespace bulkhead::session
