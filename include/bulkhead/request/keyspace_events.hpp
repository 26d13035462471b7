// Keyspace events of one tenant: `__keyspace@<db>__:<key>` and `__keyevent@<db>__:<event>`. Which
// upstream channels carry the events that a client asks for, and what the client calls an event
// that has come. Pure functions of one snapshot.
//
// A client's databases are those of SELECT. With by_key routing 0 is the merged view, in which an
// event stands under the database that its key is routed to; the client sees 0.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/rewrite/channel_name.hpp"
#include "bulkhead/route/router.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::request {

// Whose names, and where they lie.
struct TenantView {
  const tenant::Tenant& tenant;
  const route::Router& router;
};

// Upstream channels with the events that SUBSCRIBE to this name asks for; none when it asks for no
// events, or for those of a database that the tenant does not have. Refused where a database lies
// on another backend than channels.
Result<std::vector<rewrite::ScopedChannel>> event_channels(const TenantView& view,
                                                           std::string_view name);

// Upstream patterns with the events that PSUBSCRIBE to this pattern asks for, and possibly others:
// clients_event() decides. Each event comes by one of them only. A pattern that does not begin as
// event channels do ("*") passes over databases on other backends; one that does is refused there.
Result<std::vector<rewrite::ScopedChannel>> event_patterns(const TenantView& view,
                                                           std::string_view pattern);

// Whether an upstream channel is one of events.
bool is_event_channel(std::string_view upstream);

// An event as the client may call it. Views of what it was read from, but for the channels.
struct ClientsEvent {
  std::string merged;  // channel in the merged view; empty when it is not seen there
  std::string own;     // channel under the key's own database; likewise
  std::string_view payload;
};

enum class Sight : std::uint8_t {
  seen,
  unseen,   // the tenant's key in a database that is none of its own
  foreign,  // not the tenant's key
};

Sight clients_event(const TenantView& view, std::string_view channel, std::string_view payload,
                    ClientsEvent& event);

}  // namespace bulkhead::request
