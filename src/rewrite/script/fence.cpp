#include "bulkhead/command/table.hpp"
#include "bulkhead/rewrite/script_fence.hpp"
#include "classes.hpp"

namespace bulkhead::rewrite::script {
namespace {

using command::Handling;
using command::Row;

bool in_scripts(const Row& row) {
  const std::string its_class = class_of(row);
  return its_class != "-" && its_class != "/";
}

// EVAL and FCALL with keys are checked by Redis key by key; SCRIPT LOAD reaches nothing. What else
// belongs to scripts is about the server of all tenants.
bool runs_scripts(const Row& row) {
  return row.handling == Handling::script &&
         (row.takes_names() || row.action == command::Action::script_load);
}

bool carried(const Row& row) {
  switch (row.handling) {
    case Handling::forward:
    case Handling::split:
    case Handling::pinned:
      return row.takes_names() || (row.categories & command::kCatTransaction) != 0;
    case Handling::script:
    case Handling::local:
    case Handling::scoped:
    case Handling::denied:
      break;
  }
  return false;
}

bool wanted(const Row& row, Fenced fenced) {
  if (row.since == command::Since::module && row.handling == Handling::denied) return false;
  return in_scripts(row) || runs_scripts(row) || (fenced == Fenced::everything && carried(row));
}

}  // namespace

std::string fence_user(const tenant::Tenant& tenant) {
  return "bulkhead:" + tenant.name;
}

std::vector<std::string> fence_rules(const tenant::Tenant& tenant, const Shape& shape,
                                     Fenced fenced, std::string_view credential) {
  std::vector<std::string> rules = {"reset", "on", std::string(credential), "resetkeys",
                                    "resetchannels"};
  for (const tenant::Prefix& prefix : tenant.prefixes) rules.push_back("~" + prefix.escaped + "*");
  rules.push_back("&" + tenant.channel_prefix().escaped + "*");
  rules.emplace_back("-@all");
  for (const Row& row : command::rows()) {
    const std::size_t index = command::index_of(row);
    const bool there = !shape.backend_has || shape.backend_has(index);
    const bool select = row.action == command::Action::select;
    if (there && wanted(row, fenced) && (select || !shape.allows || shape.allows(index))) {
      rules.push_back("+" + std::string(row.name));
    }
  }
  return rules;
}

}  // namespace bulkhead::rewrite::script
