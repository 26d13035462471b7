#include "bulkhead/session/audit_trail.hpp"

#include <cstdio>
#include <ctime>

namespace bulkhead::session {
namespace {

using SystemClock = std::chrono::system_clock;

constexpr std::array<std::string_view, AuditTrail::kKinds> kKindNames = {
    "auth", "failed_auth", "ban", "refused", "command"};

std::int64_t second_of(SystemClock::time_point now) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
}

}  // namespace

std::string audit_line(SystemClock::time_point now, std::string_view event,
                       std::initializer_list<LogField> fields) {
  const std::time_t seconds = second_of(now);
  const auto ms = std::chrono::floor<Milliseconds>(now).time_since_epoch().count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char time[40];
  const std::size_t length = std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(time + length, sizeof time - length, ".%03dZ", static_cast<int>(ms));
  return "{\"time\":\"" + std::string(time) + "\"," + format_event(LogFormat::json, event, fields) +
         "}\n";
}

void AuditTrail::follow(const std::optional<config::Audit>& settings) {
  settings_ = settings;
  watched_ = settings ? command::kCatAdmin | command::kCatDangerous : 0u;
  passed_over_ = settings && !settings->tenant_commands ? command::kCatTenant : 0u;
  if (!settings) paces_.clear();
}

void AuditTrail::push(std::string_view event, std::initializer_list<LogField> fields) {
  const auto most = static_cast<std::size_t>(settings_->queue);
  if (!queue_.push(audit_line(SystemClock::now(), event, fields), most)) {
    counters_->audit_dropped_queue.add();
    ring_();
  }
}

void AuditTrail::tell_left_out(Kind kind, std::string_view tenant, Pace& pace) {
  if (pace.left_out == 0) return;
  push("left_out", {{"of", kKindNames[static_cast<std::size_t>(kind)]},
                    {"tenant", tenant},
                    {"lines", pace.left_out}});
  pace.left_out = 0;
}

void AuditTrail::write(Kind kind, std::string_view tenant, std::string_view event,
                       std::initializer_list<LogField> fields) {
  if (!on()) return;
  if (settings_->rate == 0) return push(event, fields);
  Pace& pace = paces_[std::string(tenant)][static_cast<std::size_t>(kind)];
  const std::int64_t second = second_of(SystemClock::now());
  if (pace.second != second) {
    tell_left_out(kind, tenant, pace);
    pace.second = second;
    pace.lines = 0;
  }
  if (++pace.lines <= settings_->rate) return push(event, fields);
  ++pace.left_out;
  counters_->audit_dropped_rate.add();
}

// Who has been quiet for a while is forgotten, so that what is kept is of those who are not.
void AuditTrail::tick() {
  if (!on()) return;
  const std::int64_t second = second_of(SystemClock::now());
  for (auto entry = paces_.begin(); entry != paces_.end();) {
    bool quiet = true;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      Pace& pace = entry->second[kind];
      if (pace.second == second) quiet = false;
      if (pace.second != second) tell_left_out(static_cast<Kind>(kind), entry->first, pace);
    }
    entry = quiet ? paces_.erase(entry) : std::next(entry);
  }
  if (queue_.pushed() == rung_) return;
  rung_ = queue_.pushed();
  ring_();
}

}  // namespace bulkhead::session
