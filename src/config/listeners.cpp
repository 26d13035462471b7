#include "config/sections.hpp"
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

Listener read_listener(const Node& node, const Source& source, Unique& addresses,
                       const Unique& tenants) {
  Listener listener;
  MapReader map(node, "a listener", source);
  read_address(map, listener.address, addresses);
  read_tenant(map, listener.tenant, tenants);
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
      draft.config.listen.push_back(read_listener(*node, main.source(), addresses, draft.tenants));
    }
  }
  read_admin(main, draft.config.admin, addresses);
}

}  // namespace bulkhead::config
