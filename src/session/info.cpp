#include "info.hpp"

#include "answers_server.hpp"
#include "bulkhead/base/process.hpp"
#include "bulkhead/base/text.hpp"

#include <array>
#include <cstdio>

namespace bulkhead::session {
namespace {

class Report {
 public:
  Report(const Conversation& talk, std::string& out) : talk_(talk), out_(out) {}

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
    const std::string_view value = talk_.context.backends.front()->facts().get(field);
    if (!value.empty()) line(field, value);
  }
  const Conversation& talk() const { return talk_; }
  metrics::TenantTotals totals() const {
    const metrics::Numbering& numbers = *talk_.context.numbers;
    return talk_.context.registry.totals(numbers.tenants[talk_.client.tenant->index]);
  }

 private:
  const Conversation& talk_;
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
  report.number("maxclients", static_cast<double>(report.talk().snapshot.config.limits.clients));
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

}  // namespace

InfoRequest read_info(const resp::Args& args) {
  InfoRequest request;
  for (std::size_t i = 1; i < args.size(); ++i) request.sections.insert(lowered(args[i]));
  for (std::string_view every : {"all", "default", "everything"}) {
    if (request.sections.contains(std::string(every))) request.sections.clear();
  }
  request.keyspace = request.sections.empty() || request.sections.contains("keyspace");
  return request;
}

std::string info_text(const Conversation& talk, const InfoRequest& request) {
  std::string text;
  Report report(talk, text);
  for (const Section& section : kSections) {
    if (request.sections.empty() || request.sections.contains(std::string(section.name))) {
      section.write(report);
    }
  }
  return text;
}

}  // namespace bulkhead::session
