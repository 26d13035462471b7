#include "config/peers.hpp"
#include "config/sections.hpp"
#include "config/sources.hpp"
#include "config/tls_section.hpp"
#include "config/utf8.hpp"

namespace bulkhead::config {

namespace {

// Port 0 is a different one each time.
void read_address(MapReader& map, Endpoint& out, Unique& addresses) {
  map.require("address");
  if (!map.endpoint("address", out)) return;
  if (out.is_unix() || out.port != 0) addresses.add(out.text(), map.source(), map.line("address"));
}

void read_tenant(MapReader& map, std::optional<std::string>& out, const Unique& tenants) {
  std::string name;
  if (!map.text("tenant", name)) return;
  if (!tenants.has(name)) map.report("tenant", "there is no tenant " + in_quotes(name));
  out = name;
}

void read_proxy_protocol(MapReader& listener, std::optional<ProxyProtocol>& out) {
  const Node* node = listener.map("proxy_protocol");
  if (node == nullptr) return;
  MapReader map(*node, "proxy_protocol", listener.source());
  out.emplace();
  map.require("from");
  read_sources(map, "from", out->from);
  map.duration("timeout", out->timeout, {Milliseconds(1), Milliseconds(60000)});
  map.finish();
}

// What only a unix socket has: a file, and a kernel that knows who is at the other end.
void read_unix(MapReader& map, Listener& listener, const Unique& users) {
  unsigned mode = 0;
  read_mode(map, "mode", mode);
  if (map.has("mode")) listener.mode = mode;
  read_peers(map, users, listener.peers);
  for (const char* key : {"mode", "peers"}) {
    if (!map.has(key) || listener.address.is_unix()) continue;
    map.report(key, in_quotes(key) + " is for unix sockets, as in unix:/run/bulkhead.sock");
  }
  if (listener.tenant && map.has("peers")) {
    map.report("peers", "either 'tenant' says who clients are or 'peers' does");
  }
  if (listener.proxy_protocol && map.has("peers")) {
    map.report("peers",
               "behind 'proxy_protocol' the other end is the proxy in between, not a peer");
  }
}

Listener read_listener(const Node& node, const Source& source, Unique& addresses,
                       const Draft& draft) {
  Listener listener;
  MapReader map(node, "a listener", source);
  read_address(map, listener.address, addresses);
  read_tenant(map, listener.tenant, draft.tenants);
  read_proxy_protocol(map, listener.proxy_protocol);
  read_unix(map, listener, draft.users);
  read_tls(map, draft.folder, listener.tls);
  map.finish();
  return listener;
}

void read_admin(MapReader& main, std::optional<Admin>& out, Unique& addresses) {
  const Node* node = main.map("admin");
  if (node == nullptr) return;
  MapReader map(*node, "admin", main.source());
  read_address(map, out.emplace().address, addresses);
  map.finish();
}

}  // namespace

void read_listeners(MapReader& main, Draft& draft) {
  Unique addresses("address");
  main.require("listen");
  if (const Node* list = main.list("listen")) {
    if (list->items.empty()) main.report("listen", "there must be an address to listen on");
    for (const Node* node : maps_of(*list, "a listener", main.source())) {
      draft.config.listen.push_back(read_listener(*node, main.source(), addresses, draft));
    }
  }
  read_admin(main, draft.config.admin, addresses);
}

}  // namespace bulkhead::config
