// The settings that say who may be whom: users with their passwords and sources, what the proxy
// does about wrong credentials, and who is believed about a client's address. A part of Config.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/base/network.hpp"
#include "bulkhead/config/tls.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::config {

using Milliseconds = std::chrono::milliseconds;
using Digest = std::array<unsigned char, 32>;

// A user's password as Redis' ACL keeps it: the SHA-256 of the password, in binary.
struct Password {
  Digest sha256{};
  std::optional<WallTime> expires{};  // from this moment on it is no good

  bool expired(WallTime now) const { return expires && now >= *expires; }
  bool operator==(const Password&) const = default;
};

// A set of places that clients come from.
struct Sources {
  std::vector<Network> networks;
  bool unix_sockets = false;

  // Without an address: from a unix socket.
  bool contains(const std::optional<IpAddress>& from) const {
    if (!from) return unix_sockets;
    return std::any_of(networks.begin(), networks.end(),
                       [&](const Network& network) { return network.contains(*from); });
  }
  bool operator==(const Sources&) const = default;
};

struct User {
  std::string name;
  std::vector<Password> passwords;
  std::optional<Sources> sources{};             // none: from anywhere
  std::vector<CertificateName> certificates{};  // who has one of these names is this user
  int line = 0;                                 // in the file of its tenant, for messages
};

// A process on the other side of a unix socket, known by the kernel's word.
struct Peer {
  std::uint32_t uid = 0;
  std::string user;  // who it is here

  bool operator==(const Peer&) const = default;
};

// Connections from there begin with a PROXY header, version 2; others are refused.
struct ProxyProtocol {
  Sources from;
  Milliseconds timeout{5000};  // for the whole header

  bool operator==(const ProxyProtocol&) const = default;
};

// What wrong credentials lead to. Each count is within `window`; 0 turns that ban off.
struct Auth {
  int failures = 20;          // of one user from one address
  int source_failures = 100;  // from one address, over all users
  int user_failures = 1000;   // of one user, over all addresses
  Milliseconds window{60000};
  Milliseconds ban{60000};
  Milliseconds failure_delay_max{1000};  // limits.auth_failure_delay doubles up to it
};

// The audit log: one JSON object per line, in a file of its own.
struct Audit {
  std::string file;
  unsigned mode = 0640;
  int rate = 100;               // lines a second, of each tenant, kind and worker; 0: no limit
  int queue = 10000;            // lines of one worker that wait to be written
  bool tenant_commands = true;  // also what is in @tenant, of the admin and dangerous commands

  bool operator==(const Audit&) const = default;
};

}  // namespace bulkhead::config
