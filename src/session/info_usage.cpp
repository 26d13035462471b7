// INFO's sections about what the tenant uses: memory, and what its clients did.
#include "info_report.hpp"

namespace bulkhead::session {
namespace {

constexpr auto kLeastBetween = std::chrono::seconds(1);

// Since the tenant's last look at it, on this worker; of the first look nothing can be said.
const Pace& pace_of(const Report& report) {
  const metrics::TenantTotals& totals = report.totals();
  Context& context = report.talk().context;
  const auto [found, added] = context.paces.try_emplace(report.talk().client.tenant->name);
  Pace& pace = found->second;
  const Instant now = Clock::now();
  if (!added && now - pace.taken_at < kLeastBetween) return pace;
  const double seconds = std::chrono::duration<double>(now - pace.taken_at).count();
  const auto rate = [&](double& before, double total) {
    const double a_second = added ? 0 : (total - before) / seconds;
    before = total;
    return a_second;
  };
  pace.commands_a_second = rate(pace.commands, totals.commands);
  pace.received_a_second = rate(pace.received_bytes, totals.received_bytes);
  pace.sent_a_second = rate(pace.sent_bytes, totals.sent_bytes);
  pace.taken_at = now;
  return pace;
}

}  // namespace

// Redis knows no tenant's memory: it is inferred from the tenant's keys. What belongs to the
// process that all share (fragmentation, buffers, scripts) is as of a process with nothing to
// spare.
void info_memory(Report& report) {
  const Conversation& talk = report.talk();
  const policy::Allowance* allowance = talk.snapshot.allowances.of(talk.client.tenant->index);
  const bool sampled = allowance != nullptr && allowance->use().known;
  // What the quota is measured by, where there is one.
  const auto used =
      static_cast<double>(sampled ? allowance->use().bytes.load() : report.keys().all.bytes);
  report.section("Memory");
  for (std::string_view field : {"used_memory", "used_memory_rss", "used_memory_peak"}) {
    report.bytes(field, used);
  }
  report.line("used_memory_peak_perc", "100.00%");
  report.number("used_memory_overhead", 0);
  report.number("used_memory_startup", 0);
  report.number("used_memory_dataset", used);
  report.line("used_memory_dataset_perc", "100.00%");
  report.bytes("used_memory_lua", 0);
  report.bytes("used_memory_scripts", 0);
  if (const std::size_t quota = talk.client.tenant->limits->memory; quota != 0) {
    report.bytes("maxmemory", static_cast<double>(quota));
    report.line("maxmemory_policy", "noeviction");
  } else {
    for (std::string_view field : {"maxmemory", "maxmemory_human", "maxmemory_policy"}) {
      report.fact(field);
    }
  }
  report.decimal("mem_fragmentation_ratio", 1);
  report.number("mem_fragmentation_bytes", 0);
  report.fact("mem_allocator");
  report.number("active_defrag_running", 0);
  report.number("lazyfree_pending_objects", 0);
}

void info_stats(Report& report) {
  const metrics::TenantTotals& totals = report.totals();
  const Pace& pace = pace_of(report);
  double calls = 0, errors = 0;
  for (const auto& command : report.commands()) calls += static_cast<double>(command.calls);
  for (const auto& error : report.errors()) errors += static_cast<double>(error.count);
  report.section("Stats");
  report.number("total_connections_received", totals.clients);
  report.number("total_commands_processed", calls);
  report.number("instantaneous_ops_per_sec", pace.commands_a_second);
  report.number("total_net_input_bytes", totals.received_bytes);
  report.number("total_net_output_bytes", totals.sent_bytes);
  report.decimal("instantaneous_input_kbps", pace.received_a_second / 1024);
  report.decimal("instantaneous_output_kbps", pace.sent_a_second / 1024);
  for (std::string_view field :
       {"rejected_connections", "sync_full", "sync_partial_ok", "sync_partial_err", "expired_keys",
        "evicted_keys", "evicted_clients"}) {
    report.number(field, 0);
  }
  report.number("keyspace_hits", totals.hits);
  report.number("keyspace_misses", totals.misses);
  report.number("pubsub_channels", 0);
  report.number("pubsub_patterns", 0);
  report.number("latest_fork_usec", 0);
  report.number("total_error_replies", errors);
  report.number("acl_access_denied_cmd", totals.denied);
}

}  // namespace bulkhead::session
