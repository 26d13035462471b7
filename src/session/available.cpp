#include "available.hpp"

#include "bulkhead/command/table.hpp"

#include <charconv>

namespace bulkhead::session {
namespace {

using command::Since;

// "7.2.4" -> 702.
int number_of(std::string_view version) {
  int major = 0, minor = 0;
  const char* const end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, major);
  if (error == std::errc{} && dot != end) std::from_chars(dot + 1, end, minor);
  return major * 100 + minor;
}

int number_of(Since since) {
  switch (since) {
    case Since::redis_7_0:
      return 0;
    case Since::redis_7_2:
      return 702;
    case Since::redis_7_4:
      return 704;
    case Since::redis_8_0:
      return 800;
    case Since::valkey_8:
      return 800;
    case Since::module:
      return 0;
  }
  return 0;
}

}  // namespace

bool server_has(std::string_view version, Since since) {
  return version.empty() || number_of(version) >= number_of(since);
}

std::vector<const command::Row*> available_commands(const request::Snapshot& snapshot,
                                                    const tenant::Tenant& tenant,
                                                    const upstream::Facts& facts) {
  std::vector<const command::Row*> found;
  for (const command::Row& row : command::rows()) {
    const bool subcommand = row.name.find('|') != std::string_view::npos;
    const bool possible = row.handling != command::Handling::denied &&
                          server_has(facts.get("redis_version"), row.since);
    if (!subcommand && possible && snapshot.policy.allows(tenant.index, command::index_of(row))) {
      found.push_back(&row);
    }
  }
  return found;
}

}  // namespace bulkhead::session
