// What the proxy knows of one client: plain data, owned by its session, read by plan().
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/base/network.hpp"
#include "bulkhead/tenant/tenant.hpp"
#include "bulkhead/tenant/tracking.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::tenant {

// What the connection is in the middle of; decides which commands are legal (request/permit.hpp).
enum class Mode : std::uint8_t {
  ordinary,
  queueing,    // MULTI has been given
  subscribed,  // to a channel or pattern, and speaks RESP2
  monitoring,
};

struct ClientState {
  std::uint64_t id = 0;            // of the proxy's own; unique in the process
  const User* user = nullptr;      // null until AUTH, and on a listener bound to a tenant
  const Tenant* tenant = nullptr;  // null: no identity yet
  std::string_view proof;          // of who it is: "password", "peer", "listener"; for logs
  bool resp3 = false;
  Mode mode = Mode::ordinary;
  bool blocked = false;
  std::optional<Tracking> tracking;            // nothing: its reads are not tracked
  std::array<std::size_t, 3> subscriptions{};  // channels, patterns, sharded channels
  int selected_db = 0;                         // by_key: 0 is the merged view of all databases
  Instant connected_at{};
  Instant active_at{};            // when bytes came last
  std::string_view last_command;  // a row's name
  std::string name;
  std::string lib_name;
  std::string lib_version;
  std::string address;              // host:port of the client
  std::optional<IpAddress> source;  // the host of it; none: it came by a unix socket
  bool confined = false;  // by a listener that leads to one tenant, whose users alone may log in
  std::string local_address;  // of the listener
};

}  // namespace bulkhead::tenant
