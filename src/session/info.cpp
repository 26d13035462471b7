// INFO: a true report about this tenant in Redis' format. What would tell about other tenants, or
// about the machine they share, is left out.
#include "answers_server.hpp"
#include "bulkhead/base/process.hpp"
#include "bulkhead/base/text.hpp"

#include <array>
#include <cstdio>
#include <set>

namespace bulkhead::session {
namespace {

class Report {
 public:
  Report(const Question& question, std::string& out) : question_(question), out_(out) {}

  void section(std::string_view title) {
    if (!out_.empty()) out_ += "\r\n";
    out_ += "# ";
    out_ += title;
    out_ += "\r\n";
  }
  void line(std::string_view field, std::string_view value) {
    out_ += field;
    out_ += ':';
    out_ += value;
    out_ += "\r\n";
  }
  void number(std::string_view field, double value) {
    line(field, std::to_string(static_cast<long long>(value)));
  }
  // As the backend says it; left out when it has not said.
  void fact(std::string_view field) {
    const std::string_view value = question_.facts.get(field);
    if (!value.empty()) line(field, value);
  }
  const Question& question() const { return question_; }
  metrics::TenantTotals totals() const {
    return question_.registry.totals(question_.tenant_number);
  }

 private:
  const Question& question_;
  std::string& out_;
};

void server(Report& report) {
  report.section("Server");
  for (std::string_view field :
       {"redis_version", "redis_git_sha1", "redis_git_dirty", "redis_build_id"}) {
    report.fact(field);
  }
  report.line("redis_mode", "standalone");
  report.fact("arch_bits");
  report.line("proxy", "bulkhead");
  report.line("proxy_version", BULKHEAD_VERSION);
  const auto uptime = uptime_seconds();
  report.number("uptime_in_seconds", uptime);
  report.number("uptime_in_days", uptime / 86400);
}

void clients(Report& report) {
  const metrics::TenantTotals totals = report.totals();
  report.section("Clients");
  report.number("connected_clients", totals.connections);
  report.number("maxclients",
                static_cast<double>(report.question().snapshot.config.limits.clients));
  report.number("blocked_clients", totals.blocked);
}

void memory(Report& report) {
  report.section("Memory");
  for (std::string_view field : {"maxmemory", "maxmemory_human", "maxmemory_policy"}) {
    report.fact(field);
  }
}

void persistence(Report& report) {
  report.section("Persistence");
  for (std::string_view field :
       {"loading", "rdb_last_save_time", "rdb_last_bgsave_status", "aof_enabled"}) {
    report.fact(field);
  }
}

void stats(Report& report) {
  const metrics::TenantTotals totals = report.totals();
  report.section("Stats");
  report.number("total_commands_processed", totals.commands);
  report.number("total_net_input_bytes", totals.received_bytes);
  report.number("total_net_output_bytes", totals.sent_bytes);
  report.number("keyspace_hits", totals.hits);
  report.number("keyspace_misses", totals.misses);
  report.number("total_error_replies", totals.errors);
  report.number("acl_access_denied_cmd", totals.denied);
}

void replication(Report& report) {
  report.section("Replication");
  report.line("role", "master");
  report.line("connected_slaves", "0");
}

void cluster(Report& report) {
  report.section("Cluster");
  report.line("cluster_enabled", "0");
}

struct Section {
  std::string_view name;
  void (*write)(Report&);
};
constexpr std::array kSections = {
    Section{"server", server},   Section{"clients", clients},
    Section{"memory", memory},   Section{"persistence", persistence},
    Section{"stats", stats},     Section{"replication", replication},
    Section{"cluster", cluster},
};

bool wants_all(const std::set<std::string>& asked) {
  return asked.empty() || asked.contains("all") || asked.contains("default") ||
         asked.contains("everything");
}

}  // namespace

void answer_info(Question& question, Buffer& out) {
  std::set<std::string> asked;
  for (std::size_t i = 1; i < question.args.size(); ++i) asked.insert(lowered(question.args[i]));
  std::string text;
  Report report(question, text);
  for (const Section& section : kSections) {
    if (wants_all(asked) || asked.contains(std::string(section.name))) section.write(report);
  }
  question.writer(out).verbatim(text);
}

}  // namespace bulkhead::session
