// How a client has its reads tracked: the state that CLIENT TRACKING leaves behind, in the client's
// own names and ids. Plain data, a part of the client's state.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace bulkhead::tenant {

struct Tracking {
  bool broadcast = false;
  bool opt_in = false;
  bool opt_out = false;
  bool no_loop = false;
  bool caching = false;            // CLIENT CACHING has been given: for the next command
  bool redirect_broken = false;    // who was to be told is gone
  std::int64_t redirect = 0;       // the client that is told instead; 0: this one
  std::set<std::string> prefixes;  // of broadcast; an empty one stands for all of the tenant's keys
};

}  // namespace bulkhead::tenant
