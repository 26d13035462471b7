#include "bulkhead/command/table.hpp"
#include "bulkhead/rewrite/script_fence.hpp"
#include "classes.hpp"

#include <algorithm>
#include <array>

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

// What a lane of the tenant's carries besides.
bool carried(const Row& row) {
  switch (row.handling) {
    case Handling::forward:
    case Handling::split:
      return row.takes_names();
    case Handling::pinned:
      return row.action != command::Action::monitor;
    case Handling::script:
    case Handling::local:
    case Handling::scoped:
    case Handling::denied:
      break;
  }
  return false;
}

// What the proxy itself says on such a lane, whatever the tenant's policy: of its connection, in
// its own scripts (request/crossing_scripts.hpp) and when a keyspace is flushed.
constexpr std::array kOwn = {
    "ping",    "client|id", "client|caching", "client|tracking",
    "unwatch", "eval",      "copy",           "del",
    "exists",  "type",      "srem",           "sadd",
    "set",     "unlink",    "lpop",           "rpop",
    "lpush",   "rpush",     "multi",          "exec",
    "watch",   "touch",
};

// Redis compares a pattern that is subscribed to with those of a user letter by letter, so it can
// only be allowed all of them or none; what comes by them is checked by its prefix. Of keyspace
// events those of keys hold the key, and those of events are of all tenants alike: a user may hear
// them, but publish neither.
std::string event_channels(const tenant::Tenant& tenant) {
  std::string rules = "&__keyevent@*__:*";
  for (const tenant::Prefix& prefix : tenant.prefixes) {
    for (const char* digits : {"?", "??", "???", "????"}) {
      rules += " &__keyspace@" + std::string(digits) + "__:" + prefix.escaped + "*";
    }
  }
  return rules;
}

void add_listening(const tenant::Tenant& tenant, std::vector<std::string>& rules) {
  const bool hears = std::find(rules.begin(), rules.end(), "+subscribe") != rules.end();
  const bool by_pattern = std::find(rules.begin(), rules.end(), "+psubscribe") != rules.end();
  if (hears) {
    rules.push_back("(-@all +subscribe resetchannels &" + tenant.channel_prefix().escaped + "* " +
                    event_channels(tenant) + ")");
  }
  if (by_pattern) rules.emplace_back("(-@all +psubscribe allchannels)");
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
  const bool expires = shape.expires();
  for (const Row& row : command::rows()) {
    const std::size_t index = command::index_of(row);
    const bool there = !shape.backend_has || shape.backend_has(index);
    // What the proxy itself sends, whatever the tenant may.
    const bool own =
        row.action == command::Action::select || (expires && row.has(command::kFollowsWrites));
    if (there && (own || wanted(row, fenced)) && (own || !shape.allows || shape.allows(index))) {
      rules.push_back("+" + std::string(row.name));
    }
  }
  if (fenced != Fenced::everything) return rules;
  for (const char* own : kOwn) {
    const Row* row = command::find_row(std::string_view(own));
    const std::string rule = "+" + std::string(own);
    const bool there = !shape.backend_has || shape.backend_has(command::index_of(*row));
    if (there && std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
  }
  add_listening(tenant, rules);
  return rules;
}

}  // namespace bulkhead::rewrite::script
