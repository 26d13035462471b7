#include "bulkhead/policy/policy.hpp"

#include "bulkhead/base/text.hpp"

#include <map>

namespace bulkhead::policy {
namespace {

// A container's own name covers its subcommands, as in Redis.
bool covers(std::string_view name, std::string_view row) {
  return row.starts_with(name) && (row.size() == name.size() || row[name.size()] == '|');
}

bool apply_category(std::string_view name, bool allow, Verdicts& verdicts) {
  const auto rows = command::rows();
  const bool all = equals_ignoring_case(name, "all");
  const auto category = all ? std::optional<std::uint32_t>(~0u) : command::category_named(name);
  if (!category) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (all || (rows[i].categories & *category) != 0) verdicts.set(i, allow);
  }
  return true;
}

bool apply_command(std::string_view name, bool allow, Verdicts& verdicts) {
  const command::Row* row = command::find_row(name);
  if (row == nullptr) return false;
  const auto rows = command::rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (covers(row->name, rows[i].name)) verdicts.set(i, allow);
  }
  return true;
}

std::shared_ptr<const Verdicts> compile(const std::vector<std::string>& defaults,
                                        const std::vector<std::string>& own) {
  auto verdicts = std::make_shared<Verdicts>();
  for (const std::string& rule : defaults) apply_rule(rule, *verdicts);
  for (const std::string& rule : own) apply_rule(rule, *verdicts);
  return verdicts;
}

}  // namespace

std::optional<std::string> apply_rule(std::string_view rule, Verdicts& verdicts) {
  const bool shaped = rule.size() > 1 && (rule[0] == '+' || rule[0] == '-');
  if (!shaped) return "'" + std::string(rule) + "' is no rule: write +command or -@category";
  const bool allow = rule[0] == '+';
  const std::string_view name = rule.substr(1);
  if (name[0] == '@') {
    if (apply_category(name.substr(1), allow, verdicts)) return std::nullopt;
    return "'" + std::string(name) + "' is no category of commands";
  }
  if (apply_command(name, allow, verdicts)) return std::nullopt;
  return "'" + std::string(name) + "' is no command that Bulkhead knows";
}

Policy::Policy(const tenant::Directory& directory) {
  std::map<std::vector<std::string>, std::shared_ptr<const Verdicts>> compiled;
  of_.reserve(directory.tenants().size());
  for (const tenant::Tenant& tenant : directory.tenants()) {
    auto& verdicts = compiled[tenant.policy];
    if (verdicts == nullptr) verdicts = compile(directory.default_policy(), tenant.policy);
    of_.push_back(verdicts);
  }
}

}  // namespace bulkhead::policy
