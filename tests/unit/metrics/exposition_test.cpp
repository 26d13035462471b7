#include "bulkhead/metrics/registry.hpp"
#include "catch.hpp"

#include <algorithm>
#include <sstream>

using namespace bulkhead;
using namespace bulkhead::metrics;

namespace {

class Sample {
 public:
  Sample() : registry({"get", "client|list"}) {
    one = &registry.add_worker();
    two = &registry.add_worker();
    const std::vector<std::string_view> tenants = {"acme", "globex"}, backends = {"main"};
    const std::vector<std::string> features = {"cache", "other"};
    registry.numbering(tenants, features, backends);
  }
  bool shows(const std::string& line) const {
    std::istringstream text(registry.render());
    for (std::string next; std::getline(text, next);) {
      if (next == line) return true;
    }
    return false;
  }
  std::size_t count(const std::string& part) const {
    const std::string text = registry.render();
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
  }

  Registry registry;
  WorkerCounters* one;
  WorkerCounters* two;
};

}  // namespace

TEST_CASE("counts appear with their labels, added up over the workers") {
  Sample sample;
  for (WorkerCounters* worker : {sample.one, sample.two}) {
    FeatureCounters& cache = worker->tenant(0).feature(0);
    cache.commands.add(2);
    cache.errors.add();
    cache.received_bytes.add(10);
    cache.hits.add(3);
    worker->commands_by_row[1].add();
    worker->accepted.add(4);
    worker->tenant(0).refusals[static_cast<std::size_t>(Reason::cross_db)].add();
    worker->tenant(0).connections[static_cast<std::size_t>(ClientMode::active)].add(1);
    worker->closed[static_cast<std::size_t>(Closed::idle)].add();
  }
  sample.two->tenant(0).deny(1);
  CHECK(sample.shows(R"(bulkhead_commands_total{tenant="acme",feature="cache"} 4)"));
  CHECK(sample.shows(R"(bulkhead_command_errors_total{tenant="acme",feature="cache"} 2)"));
  CHECK(sample.shows(R"(bulkhead_received_bytes_total{tenant="acme",feature="cache"} 20)"));
  CHECK(sample.shows(R"(bulkhead_keyspace_hits_total{tenant="acme",feature="cache"} 6)"));
  CHECK(sample.shows(R"(bulkhead_commands_by_name_total{command="client|list"} 2)"));
  CHECK(sample.shows("bulkhead_connections_accepted_total 8"));
  CHECK(sample.shows(R"(bulkhead_refusals_total{tenant="acme",reason="cross_db"} 2)"));
  CHECK(sample.shows(R"(bulkhead_connections{tenant="acme",state="active"} 2)"));
  CHECK(sample.shows(R"(bulkhead_denied_commands_total{tenant="acme",command="client|list"} 1)"));
  CHECK(sample.shows(R"(bulkhead_connections_closed_total{reason="idle"} 2)"));
  CHECK(sample.shows("bulkhead_workers 2"));
}

TEST_CASE("tenants, features and commands that nobody has used are left out") {
  Sample sample;
  sample.one->tenant(0).feature(0).commands.add();
  CHECK(sample.count("globex") == 0);
  CHECK(sample.count("feature=\"other\"") == 0);
  CHECK(sample.count("command=\"get\"") == 0);
  CHECK(sample.count("reason=\"cross_db\"") == 0);
}

TEST_CASE("a tenant that has connected is shown, with the alarm for foreign names at 0") {
  Sample sample;
  sample.one->tenant(1);
  CHECK(sample.shows(R"(bulkhead_foreign_name_blocked_total{tenant="globex"} 0)"));
}

TEST_CASE("buckets of a histogram add up, and the last one is the count") {
  Sample sample;
  FeatureCounters& cache = sample.one->tenant(0).feature(0);
  cache.commands.add(3);
  cache.duration.observe(std::chrono::microseconds(10));
  cache.duration.observe(std::chrono::microseconds(100));
  cache.duration.observe(std::chrono::seconds(100));
  const std::string name = "bulkhead_command_duration_seconds";
  const std::string labels = R"({tenant="acme",feature="cache")";
  CHECK(sample.shows(name + "_bucket" + labels + R"(,le="6.4e-05"} 1)"));
  CHECK(sample.shows(name + "_bucket" + labels + R"(,le="0.000128"} 2)"));
  CHECK(sample.shows(name + "_bucket" + labels + R"(,le="8.388608"} 2)"));
  CHECK(sample.shows(name + "_bucket" + labels + R"(,le="+Inf"} 3)"));
  CHECK(sample.shows(name + "_count" + labels + "} 3"));
}

TEST_CASE("a backend is up when one worker reaches it, and its other gauges are added up") {
  Sample sample;
  CHECK(sample.shows(R"(bulkhead_backend_up{backend="main"} 0)"));
  sample.one->backend(0).up.set(0);
  sample.two->backend(0).up.set(1);
  sample.one->backend(0).lanes_shared.set(2);
  sample.two->backend(0).lanes_shared.set(3);
  sample.one->backend(0).lost[static_cast<std::size_t>(Lost::surplus_reply)].add();
  CHECK(sample.shows(R"(bulkhead_backend_up{backend="main"} 1)"));
  sample.one->backend(0).up.set(1);
  CHECK(sample.shows(R"(bulkhead_backend_up{backend="main"} 1)"));
  CHECK(sample.shows(R"(bulkhead_backend_lanes{backend="main",kind="shared"} 5)"));
  CHECK(sample.shows(
      R"(bulkhead_backend_lanes_closed_total{backend="main",reason="surplus_reply"} 1)"));
}

TEST_CASE("a tenant's counts stay its own when a reload changes the order") {
  Sample sample;
  sample.one->tenant(0).feature(0).commands.add(5);
  const std::vector<std::string_view> tenants = {"new", "globex", "acme"}, backends = {"main"};
  const std::vector<std::string> features = {"other", "cache"};
  const auto numbers = sample.registry.numbering(tenants, features, backends);
  sample.one->tenant(numbers->tenants[2]).feature(numbers->features[1]).commands.add();
  CHECK(sample.shows(R"(bulkhead_commands_total{tenant="acme",feature="cache"} 6)"));
}

TEST_CASE("reloads are counted by how they ended") {
  Sample sample;
  sample.registry.count_reload(true);
  sample.registry.count_reload(false);
  sample.registry.count_reload(false);
  CHECK(sample.shows(R"(bulkhead_config_reloads_total{result="ok"} 1)"));
  CHECK(sample.shows(R"(bulkhead_config_reloads_total{result="failed"} 2)"));
}

TEST_CASE(
    "credentials that were not taken, bans and the audit log's losses are counted by reason") {
  Sample sample;
  sample.one->auth_failures[static_cast<std::size_t>(AuthFailure::expired)].add(2);
  sample.two->auth_failures[static_cast<std::size_t>(AuthFailure::banned)].add();
  sample.two->bans[static_cast<std::size_t>(Ban::user)].add();
  sample.one->rejected_header.add();
  sample.one->audit_dropped_queue.add(3);
  sample.registry.audit().dropped_queue.add();
  sample.registry.audit().lines.add(7);
  CHECK(sample.shows(R"(bulkhead_auth_failures_total{reason="wrong"} 0)"));
  CHECK(sample.shows(R"(bulkhead_auth_failures_total{reason="expired"} 2)"));
  CHECK(sample.shows(R"(bulkhead_auth_failures_total{reason="banned"} 1)"));
  CHECK(sample.shows(R"(bulkhead_auth_bans_total{of="user"} 1)"));
  CHECK(sample.shows(R"(bulkhead_connections_rejected_total{reason="proxy_header"} 1)"));
  CHECK(sample.shows(R"(bulkhead_audit_lines_dropped_total{reason="queue"} 4)"));
  CHECK(sample.shows("bulkhead_audit_lines_total 7"));
}

TEST_CASE("what is known of limits is shown for those who have them") {
  Sample sample;
  sample.one->tenant(0).count_limit(Limit::connections);
  sample.two->tenant(0).count_limit(Limit::connections);
  sample.two->tenant(1);
  LimitCounters& limits = sample.one->tenant(0).limits.get(0);
  limits.delayed.add(3);
  limits.delayed_microseconds.add(2'500'000);
  CHECK(sample.shows(R"(bulkhead_limit_refusals_total{tenant="acme",limit="connections"} 2)"));
  CHECK(sample.shows(R"(bulkhead_delayed_commands_total{tenant="acme"} 3)"));
  CHECK(sample.shows(R"(bulkhead_delayed_seconds_total{tenant="acme"} 2.5)"));
  CHECK(sample.count("bulkhead_tenant_keys{") == 0);
  limits.sampled.set(1);
  limits.keys.set(5);
  CHECK(sample.shows(R"(bulkhead_tenant_keys{tenant="acme"} 5)"));
  CHECK(sample.shows(R"(bulkhead_tenant_over_quota{tenant="acme"} 0)"));
  CHECK(sample.count("tenant=\"globex\",limit") == 0);
}
