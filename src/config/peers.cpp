// Who is on the other side of a unix socket: system users, by number or name, and who they are
// here.
#include "config/peers.hpp"

#include "config/units.hpp"
#include "config/utf8.hpp"

#include <limits>
#include <pwd.h>

namespace bulkhead::config {

namespace {

std::optional<std::uint32_t> uid_of(const std::string& name) {
  if (const auto number = parse_integer(name)) {
    // The last one means "nobody said".
    const bool fits = *number >= 0 && *number < std::numeric_limits<std::uint32_t>::max();
    return fits ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
  }
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> room(16 * 1024);
  getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  return found == nullptr ? std::nullopt : std::optional<std::uint32_t>(found->pw_uid);
}

void read_peer(const Entry& entry, const MapReader& map, const Unique& users,
               std::vector<Peer>& out) {
  const Source& source = map.source();
  const auto uid = uid_of(entry.key);
  if (!uid) {
    return source.report(entry.line,
                         "there is no system user " + in_quotes(entry.key) + " on this machine");
  }
  if (entry.value->kind != Node::Kind::text) {
    return source.report(entry.line, "a peer must be a user's name, as in 1000: acme");
  }
  if (!users.has(entry.value->text)) {
    return source.report(entry.line, "there is no user " + in_quotes(entry.value->text));
  }
  for (const Peer& other : out) {
    if (other.uid == *uid) {
      source.report(entry.line, "the system user " + in_quotes(entry.key) + " is there already");
    }
  }
  out.push_back({*uid, entry.value->text});
}

}  // namespace

void read_peers(MapReader& map, const Unique& users, std::vector<Peer>& out) {
  const Node* node = map.map("peers");
  if (node == nullptr) return;
  for (const Entry& entry : node->entries) read_peer(entry, map, users, out);
}

}  // namespace bulkhead::config
