// What one worker has to say to the audit log: lines, paced by tenant and kind, into a queue that
// the log's own thread empties (server/audit_log.hpp). One per worker, touched by its thread only,
// but for the queue's other end. Nothing here waits: what does not fit is left out and counted.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/base/line_queue.hpp"
#include "bulkhead/base/log.hpp"
#include "bulkhead/command/row.hpp"
#include "bulkhead/config/identity.hpp"
#include "bulkhead/metrics/counters.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bulkhead::session {

class AuditTrail {
 public:
  enum class Kind : std::uint8_t { login, failed_login, ban, refusal, command };
  static constexpr std::size_t kKinds = 5;

  // Before the worker runs. `ring`: tells the log's thread that there is something.
  void connect(metrics::WorkerCounters& counters, std::function<void()> ring) {
    counters_ = &counters;
    ring_ = std::move(ring);
  }
  void follow(const std::optional<config::Audit>& settings);

  bool on() const { return settings_.has_value(); }
  // Whether running such a command is to be told.
  bool watches(const command::Row& row) const {
    return (row.categories & watched_) != 0 && (row.categories & passed_over_) == 0;
  }

  // A tenant without a name: nobody knows whose it is.
  void write(Kind kind, std::string_view tenant, std::string_view event,
             std::initializer_list<LogField> fields);
  // Tells how many lines were left out, of those who are quiet now, and rings. Called by the
  // ticker.
  void tick();

  LineQueue& queue() { return queue_; }

 private:
  // How much a tenant has said of one kind in this second, and what was left out.
  struct Pace {
    std::int64_t second = 0;
    int lines = 0;
    std::uint64_t left_out = 0;
  };
  using Paces = std::array<Pace, kKinds>;

  void tell_left_out(Kind kind, std::string_view tenant, Pace& pace);
  void push(std::string_view event, std::initializer_list<LogField> fields);

  std::optional<config::Audit> settings_;
  std::uint32_t watched_ = 0;                     // categories; none when it is off
  std::uint32_t passed_over_ = 0;                 // categories
  std::unordered_map<std::string, Paces> paces_;  // by tenant
  metrics::WorkerCounters* counters_ = nullptr;
  std::function<void()> ring_;
  std::size_t rung_ = 0;  // lines that had been pushed then
  LineQueue queue_;
};

// {"time":"2026-11-24T16:20:36.123Z","event":...} and a line feed; what clients have sent is
// escaped.
std::string audit_line(std::chrono::system_clock::time_point now, std::string_view event,
                       std::initializer_list<LogField> fields);

}  // namespace bulkhead::session
