// INFO's sections about single commands, which it shows only when it is asked for them or for all,
// and those about errors.
#include "bulkhead/command/table.hpp"
#include "command_totals.hpp"
#include "info_report.hpp"

#include <array>
#include <cstdio>

namespace bulkhead::session {

void info_command_stats(Report& report) {
  report.section("Commandstats");
  for (const metrics::CommandTotals& command : report.commands()) {
    const double each = command.calls == 0 ? 0
                                           : static_cast<double>(command.microseconds) /
                                                 static_cast<double>(command.calls);
    std::array<char, 160> text;
    std::snprintf(text.data(), text.size(),
                  "calls=%llu,usec=%llu,usec_per_call=%.2f,rejected_calls=%llu,failed_calls=%llu",
                  static_cast<unsigned long long>(command.calls),
                  static_cast<unsigned long long>(command.microseconds), each,
                  static_cast<unsigned long long>(command.rejected),
                  static_cast<unsigned long long>(command.failed));
    report.line("cmdstat_" + std::string(command::rows()[command.row].name), text.data());
  }
}

void info_error_stats(Report& report) {
  report.section("Errorstats");
  for (const metrics::ErrorTotals& error : report.errors()) {
    report.line("errorstat_" + error.code, "count=" + std::to_string(error.count));
  }
}

void info_latency_stats(Report& report) {
  report.section("Latencystats");
  for (const metrics::CommandTotals& command : report.commands()) {
    if (command.calls == 0) continue;
    std::array<char, 120> text;
    std::snprintf(text.data(), text.size(), "p50=%.3f,p99=%.3f,p99.9=%.3f",
                  percentile(command, 0.5), percentile(command, 0.99), percentile(command, 0.999));
    report.line("latency_percentiles_usec_" + std::string(command::rows()[command.row].name),
                text.data());
  }
}

}  // namespace bulkhead::session
