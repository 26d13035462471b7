#include "bulkhead/request/snapshot.hpp"

namespace bulkhead::request {
namespace {

using Loaded = std::variant<config::Config, config::Problems>;
using Result = std::variant<std::shared_ptr<const Snapshot>, config::Problems>;

void check_rules(const std::vector<std::string>& rules, const std::string& file, int line,
                 config::Problems& problems) {
  policy::Verdicts scratch;
  for (const std::string& rule : rules) {
    if (auto sentence = policy::apply_rule(rule, scratch)) {
      problems.push_back({file, line, std::move(*sentence)});
    }
  }
}

Result finish(Loaded loaded) {
  if (auto* problems = std::get_if<config::Problems>(&loaded)) return std::move(*problems);
  auto& config = std::get<config::Config>(loaded);
  config::Problems problems;
  check_rules(config.policy, config.file, config.policy_line, problems);
  for (const config::Tenant& tenant : config.tenants) {
    if (!tenant.policy.empty()) check_rules(tenant.policy, tenant.file, tenant.line, problems);
  }
  if (!problems.empty()) return problems;
  return std::make_shared<const Snapshot>(std::move(config));
}

}  // namespace

Result load_snapshot(const std::string& file) {
  return finish(config::load(file));
}

Result load_snapshot_text(std::string_view yaml, const std::string& name) {
  return finish(config::load_text(yaml, name));
}

}  // namespace bulkhead::request
