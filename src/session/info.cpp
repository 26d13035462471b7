#include "info.hpp"

#include "bulkhead/base/process.hpp"
#include "bulkhead/base/text.hpp"
#include "info_report.hpp"

#include <array>

namespace bulkhead::session {
namespace {

void server(Report& report) {
  report.section("Server");
  for (std::string_view field :
       {"redis_version", "redis_git_sha1", "redis_git_dirty", "redis_build_id"}) {
    report.fact(field);
  }
  report.line("redis_mode", "standalone");
  report.fact("os");
  report.fact("arch_bits");
  report.line("proxy", "bulkhead");
  report.line("proxy_version", BULKHEAD_VERSION);
  const auto uptime = uptime_seconds();
  report.number("uptime_in_seconds", uptime);
  report.number("uptime_in_days", uptime / 86400);
}

void clients(Report& report) {
  const metrics::TenantTotals& totals = report.totals();
  report.section("Clients");
  report.number("connected_clients", totals.connections);
  report.number("cluster_connections", 0);
  const std::size_t own = report.talk().client.tenant->limits->connections;
  report.number("maxclients",
                static_cast<double>(own != 0 ? own : report.talk().snapshot.config.limits.clients));
  report.number("blocked_clients", totals.blocked);
  report.number("tracking_clients", totals.tracking);
}

void persistence(Report& report) {
  report.section("Persistence");
  for (std::string_view field :
       {"loading", "rdb_last_save_time", "rdb_last_bgsave_status", "aof_enabled"}) {
    report.fact(field);
  }
}

void replication(Report& report) {
  report.section("Replication");
  report.line("role", "master");
  report.line("connected_slaves", "0");
}

// The processor is everybody's: nothing of it can be told of one tenant.
void cpu(Report& report) {
  report.section("CPU");
  for (std::string_view field :
       {"used_cpu_sys", "used_cpu_user", "used_cpu_sys_children", "used_cpu_user_children"}) {
    report.line(field, "0.000000");
  }
}

void modules(Report& report) {
  report.section("Modules");
}

void cluster(Report& report) {
  report.section("Cluster");
  report.line("cluster_enabled", "0");
}

void keyspace(Report& report) {
  report.section("Keyspace");
  for (const auto& [db, keys] : report.keys().by_database) {
    if (keys.keys == 0) continue;
    report.line("db" + std::to_string(db), "keys=" + std::to_string(keys.keys) +
                                               ",expires=" + std::to_string(keys.expiring) +
                                               ",avg_ttl=" + std::to_string(keys.average_ttl));
  }
}

// In Redis' order.
struct Section {
  std::string_view name;
  void (*write)(Report&);
  bool by_default = true;
};
constexpr std::array kSections = {
    Section{"server", server},
    Section{"clients", clients},
    Section{"memory", info_memory},
    Section{"persistence", persistence},
    Section{"stats", info_stats},
    Section{"replication", replication},
    Section{"cpu", cpu},
    Section{"modules", modules},
    Section{"commandstats", info_command_stats, false},
    Section{"errorstats", info_error_stats},
    Section{"latencystats", info_latency_stats, false},
    Section{"cluster", cluster},
    Section{"keyspace", keyspace},
};

}  // namespace

bool InfoRequest::wants(std::string_view name) const {
  if (all || sections.contains(std::string(name))) return true;
  for (const Section& section : kSections) {
    if (by_default && section.by_default && section.name == name) return true;
  }
  return false;
}

InfoRequest read_info(const resp::Args& args) {
  InfoRequest request;
  request.by_default = args.size() == 1;
  for (std::size_t i = 1; i < args.size(); ++i) {
    std::string section = lowered(args[i]);
    if (section == "default") {
      request.by_default = true;
    } else if (section == "all" || section == "everything") {
      request.all = true;
    } else {
      request.sections.insert(std::move(section));
    }
  }
  return request;
}

std::string info_text(const Conversation& talk, const InfoRequest& request, const InfoKeys& keys) {
  std::string text;
  Report report(talk, keys, text);
  for (const Section& section : kSections) {
    if (request.wants(section.name)) section.write(report);
  }
  return text;
}

}  // namespace bulkhead::session
