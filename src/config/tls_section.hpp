// The map `tls` of a listener or a backend. Called by their readers.
#pragma once

#include "config/map_reader.hpp"

#include <filesystem>
#include <optional>

namespace bulkhead::config {

void read_tls(MapReader& listener, const std::filesystem::path& folder,
              std::optional<ListenerTls>& out);
void read_tls(MapReader& backend, const std::filesystem::path& folder, const Endpoint& address,
              std::optional<BackendTls>& out);

}  // namespace bulkhead::config
