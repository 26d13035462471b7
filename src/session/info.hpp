// INFO: a true report about this tenant in Redis' format. What would tell about other tenants, or
// about the machine they share, is left out, and what nobody knows of one tenant is 0, because
// dashboards look for the field. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <set>
#include <string>

namespace bulkhead::session {

// Which sections; the names are in lower case.
struct InfoRequest {
  std::set<std::string> sections;
  bool by_default = false;  // those that INFO shows by itself, too
  bool all = false;

  bool wants(std::string_view section) const;
  // Whether keys must be looked at.
  bool wants_keys() const { return wants("memory") || wants("keyspace"); }
};

InfoRequest read_info(const resp::Args& args);

// What is known of the tenant's keys, when it was asked for.
struct InfoKeys {
  KeySurvey all;
  std::vector<std::pair<int, KeySurvey>> by_database;
};

std::string info_text(const Conversation& talk, const InfoRequest& request, const InfoKeys& keys);

}  // namespace bulkhead::session
