// Commands that the proxy answers about this tenant alone with commands of its own: SCAN over all
// its databases, KEYS, DBSIZE, RANDOMKEY, FLUSHDB, COMMAND DOCS, and commands split over databases.
// Coroutines of one session; they write one whole reply.
#pragma once

#include "bulkhead/request/plan.hpp"
#include "bulkhead/resp/writer.hpp"
#include "bulkhead/session/context.hpp"
#include "bulkhead/upstream/call.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace bulkhead::session {

struct Conversation {
  Context& context;
  const request::Snapshot& snapshot;
  const tenant::ClientState& client;
  const command::Row& row;
  const resp::Args& args;
  Buffer& out;
  metrics::TenantCounters& counters;
  // Those of `snapshot`: a reload must not put others into their places.
  const std::vector<std::shared_ptr<upstream::Backend>> backends = context.backends;
  bool close_after = false;  // the client, when it has the reply
  // Where the client's own commands go; empty: to the lanes that all clients share.
  std::function<upstream::Lane&(const std::shared_ptr<upstream::Backend>&, int db)> way{};

  // The same for what goes with others behind it, where the client has watched keys on that way.
  std::function<upstream::Lane&(const std::shared_ptr<upstream::Backend>&, int db)> way_of_runs{};

  resp::ReplyWriter writer() const { return {out, client.resp3}; }
  // A lane that answers in RESP2, whatever the client speaks.
  upstream::Lane& lane(route::Place place) const;
  // The same in the client's protocol: for what is about no tenant.
  upstream::Lane& plain_lane(route::Place place) const;
  // One whose replies can be passed on as they are, inside the tenant's fence when it has one.
  upstream::Lane& lane_in_clients_protocol(route::Place place) const;
  // The same for a command that may have others behind it, as Session::lane_for().
  upstream::Lane& lane_for(const rewrite::TenantCommand& command, route::Place place) const;
  void on_foreign_name() const;
  // In the name of the client's tenant; a reply of more than `limit` bytes is refused.
  boost::intrusive_ptr<upstream::Call> call(std::size_t limit) const;
};

using Talk = Awaitable<void> (*)(Conversation& talk);

// Null for actions that are answers (answers.hpp).
Talk conversation_for(command::Action action);

// MGET, MSET, DEL and the like whose names lie in several databases.
Awaitable<void> split_command(Conversation& talk);

}  // namespace bulkhead::session
