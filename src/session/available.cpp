#include "available.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"

#include <string>
#include <utility>

namespace bulkhead::session {

bool backend_has(const upstream::Facts& facts, const command::Row& row) {
  return facts.commands().empty() || facts.commands().contains(std::string(row.name));
}

std::vector<const command::Row*> available_commands(const request::Snapshot& snapshot,
                                                    const tenant::Tenant& tenant,
                                                    const upstream::Facts& facts,
                                                    bool subcommands) {
  const auto possible = [&](const command::Row& row) {
    return row.handling != command::Handling::denied && backend_has(facts, row) &&
           snapshot.policy.allows(tenant.index, command::index_of(row));
  };
  std::vector<const command::Row*> found;
  const command::Row* container = nullptr;  // listed as soon as one of its subcommands is possible
  for (const command::Row& row : command::rows()) {
    const bool subcommand = row.name.find('|') != std::string_view::npos;
    if (!subcommand) container = nullptr;
    if (!possible(row)) {
      if (row.has(command::kContainer)) container = &row;
      continue;
    }
    if (container != nullptr) found.push_back(std::exchange(container, nullptr));
    if (!subcommand || subcommands) found.push_back(&row);
  }
  return found;
}

Refusal missing_in_backend(const upstream::Facts& facts, const command::Row& row,
                           const resp::Args& args) {
  const std::size_t bar = row.name.find('|');
  const std::string_view container = row.name.substr(0, bar);
  if (bar != std::string_view::npos && backend_has(facts, *command::find_row(container))) {
    return refuse::unknown_subcommand(args[1], container);
  }
  std::vector<std::string_view> words;
  for (std::size_t i = 1; i < args.size(); ++i) words.push_back(args[i]);
  return refuse::unknown_command(args[0], words);
}

}  // namespace bulkhead::session
