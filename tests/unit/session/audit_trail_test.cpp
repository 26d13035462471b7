#include "bulkhead/session/audit_trail.hpp"

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::AuditTrail;

namespace {

struct Trail {
  explicit Trail(config::Audit settings) : counters(1) {
    trail.connect(counters, [this] { ++rings; });
    trail.follow(settings);
  }
  std::string taken() {
    std::string out;
    while (trail.queue().take(out)) {
    }
    return out;
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  metrics::WorkerCounters counters;
  int rings = 0;
  AuditTrail trail;
};

bool watches(const AuditTrail& trail, const char* command) {
  return trail.watches(*command::find_row(std::string_view(command)));
}

}  // namespace

TEST_CASE("a line is one JSON object, whatever a client has sent") {
  const auto time =
      std::chrono::system_clock::time_point(std::chrono::milliseconds(1'798'675'200'045));
  CHECK(session::audit_line(time, "auth", {{"user", "a\"\n{\xff"}, {"n", 3}}) ==
        "{\"time\":\"2026-12-31T00:00:00.045Z\",\"event\":\"auth\",\"user\":\"a\\\"\\u000a{"
        "\\u00ff\",\"n\":3}\n");
}

TEST_CASE("dangerous commands are watched when there is an audit log") {
  AuditTrail off;
  CHECK_FALSE(off.on());
  CHECK_FALSE(watches(off, "keys"));
  config::Audit settings;
  off.follow(settings);
  CHECK(watches(off, "keys"));
  CHECK(watches(off, "info"));
  CHECK_FALSE(watches(off, "get"));
  settings.tenant_commands = false;
  off.follow(settings);
  CHECK(watches(off, "keys"));
  CHECK_FALSE(watches(off, "info"));
  off.follow(std::nullopt);
  CHECK_FALSE(watches(off, "keys"));
}

TEST_CASE("a tenant's flood is cut and counted, others are heard") {
  config::Audit settings;
  settings.rate = 3;
  Trail t(settings);
  for (int i = 0; i < 10; ++i) t.trail.write(AuditTrail::Kind::refusal, "acme", "refused", {});
  t.trail.write(AuditTrail::Kind::refusal, "globex", "refused", {});
  t.trail.write(AuditTrail::Kind::login, "acme", "auth", {});
  const std::string text = t.taken();
  // A second may have begun between two of them.
  CHECK(t.lines(text) >= 5);
  CHECK(t.lines(text) <= 9);
  CHECK(t.counters.audit_dropped_rate.value() >= 4);
  CHECK(text.find("\"auth\"") != std::string::npos);
}

TEST_CASE("what the queue has no room for is counted") {
  config::Audit settings;
  settings.rate = 0;
  settings.queue = 16;
  Trail t(settings);
  for (int i = 0; i < 20; ++i) t.trail.write(AuditTrail::Kind::command, "acme", "command", {});
  CHECK(t.counters.audit_dropped_queue.value() == 4);
  CHECK(t.lines(t.taken()) == 16);
}

TEST_CASE("the ticker rings when there is something new") {
  Trail t(config::Audit{});
  t.trail.tick();
  CHECK(t.rings == 0);
  t.trail.write(AuditTrail::Kind::login, "acme", "auth", {});
  t.trail.tick();
  t.trail.tick();
  CHECK(t.rings == 1);
}
