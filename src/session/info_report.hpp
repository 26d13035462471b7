// What INFO's sections are written with, and from. Private to the module.
#pragma once

#include "info.hpp"

namespace bulkhead::session {

class Report {
 public:
  Report(const Conversation& talk, const InfoKeys& keys, std::string& out);

  void section(std::string_view title);
  void line(std::string_view field, std::string_view value);
  void number(std::string_view field, double value);
  void decimal(std::string_view field, double value);  // with two places
  // Both `field` and `field`_human.
  void bytes(std::string_view field, double value);
  // As the backend says it; left out when it has not said.
  void fact(std::string_view field);

  const Conversation& talk() const { return talk_; }
  const InfoKeys& keys() const { return keys_; }
  const metrics::TenantTotals& totals() const { return totals_; }
  const std::vector<metrics::CommandTotals>& commands() const { return commands_; }
  const std::vector<metrics::ErrorTotals>& errors() const { return errors_; }

 private:
  const Conversation& talk_;
  const InfoKeys& keys_;
  std::string& out_;
  const metrics::TenantTotals totals_;
  const std::vector<metrics::CommandTotals> commands_;
  const std::vector<metrics::ErrorTotals> errors_;
};

// 1063024 -> "1.01M", as Redis' bytesToHuman.
std::string human_bytes(double bytes);

// The sections that are more than a few lines.
void info_memory(Report& report);
void info_stats(Report& report);
void info_command_stats(Report& report);
void info_error_stats(Report& report);
void info_latency_stats(Report& report);

}  // namespace bulkhead::session
