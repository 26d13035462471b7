// INFO: a true report about this tenant in Redis' format. What would tell about other tenants, or
// about the machine they share, is left out. Private to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <set>
#include <string>

namespace bulkhead::session {

struct InfoRequest {
  std::set<std::string> sections;  // as asked for; empty: those that INFO shows by default
  bool keyspace = false;           // the one for which keys must be counted (report_talk.cpp)
};

InfoRequest read_info(const resp::Args& args);

// All sections asked for but the keyspace.
std::string info_text(const Conversation& talk, const InfoRequest& request);

}  // namespace bulkhead::session
