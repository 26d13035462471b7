// Lists of networks, as users and listeners have them. Called by load().
#pragma once

#include "config/map_reader.hpp"

namespace bulkhead::config {

// A list of networks, addresses and the word `unix`, or one of them alone. False when the key is
// not there or holds nothing good.
bool read_sources(MapReader& map, std::string_view key, Sources& out);

// Permissions of a file, in octal as chmod takes them.
void read_mode(MapReader& map, std::string_view key, unsigned& out);

}  // namespace bulkhead::config
