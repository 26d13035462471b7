// The key `peers` of a listener on a unix socket. Called by load(), after the users are known.
#pragma once

#include "config/draft.hpp"

namespace bulkhead::config {

void read_peers(MapReader& map, const Unique& users, std::vector<Peer>& out);

}  // namespace bulkhead::config
