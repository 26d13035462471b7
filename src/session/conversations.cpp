#include "bulkhead/session/conversations.hpp"

#include "client_talk.hpp"
#include "command_talk.hpp"
#include "command_totals.hpp"
#include "keyspace_talk.hpp"
#include "pubsub_talk.hpp"
#include "report_talk.hpp"
#include "script_talk.hpp"
#include "slow_log_talk.hpp"

namespace bulkhead::session {

using command::Action;

upstream::Lane& Conversation::lane(route::Place place) const {
  return backends[place.backend]->lane(place.db, false, client.id);
}
upstream::Lane& Conversation::plain_lane(route::Place place) const {
  return backends[place.backend]->lane(place.db, client.resp3, client.id);
}
upstream::Lane& Conversation::lane_in_clients_protocol(route::Place place) const {
  if (way) return way(backends[place.backend], place.db);
  return plain_lane(place);
}

upstream::Lane& Conversation::lane_for(const rewrite::TenantCommand& command,
                                       route::Place place) const {
  if (!way_of_runs || command.following().empty()) return lane_in_clients_protocol(place);
  return way_of_runs(backends[place.backend], place.db);
}

void Conversation::on_foreign_name() const {
  counters.foreign_names.add();
  context.log.error("foreign_name_blocked",
                    {{"tenant", client.tenant->name}, {"client", client.address}});
}

boost::intrusive_ptr<upstream::Call> Conversation::call(std::size_t limit) const {
  return new upstream::Call(context.io, limit, {&counters, client.tenant->weight}, &context.budget);
}

Talk conversation_for(Action action) {
  switch (action) {
    case Action::scan:
      return talk_scan;
    case Action::keys:
      return talk_keys;
    case Action::dbsize:
      return talk_dbsize;
    case Action::randomkey:
      return talk_randomkey;
    case Action::flush:
      return talk_flush;
    case Action::flush_all:
      return talk_flush_all;
    case Action::command:
    case Action::command_info:
      return talk_command_info;
    case Action::command_docs:
      return talk_command_docs;
    case Action::help:
    case Action::command_getkeys:
    case Action::command_getkeysandflags:
      return talk_as_asked;
    case Action::client_kill:
      return talk_client_kill;
    case Action::client_list:
      return talk_client_list;
    case Action::commandlog_get:
      return talk_commandlog_get;
    case Action::commandlog_len:
      return talk_commandlog_len;
    case Action::commandlog_reset:
      return talk_commandlog_reset;
    case Action::latency_histogram:
      return talk_latency_histogram;
    case Action::client_unblock:
      return talk_client_unblock;
    case Action::memory_stats:
      return talk_memory_stats;
    case Action::pubsub_channels:
      return talk_pubsub_channels;
    case Action::pubsub_numpat:
      return talk_pubsub_numpat;
    case Action::pubsub_numsub:
      return talk_pubsub_numsub;
    case Action::pubsub_shardnumsub:
      return talk_pubsub_shardnumsub;
    case Action::script_eval:
      return talk_eval;
    case Action::script_evalsha:
      return talk_evalsha;
    case Action::script_exists:
      return talk_script_exists;
    case Action::script_flush:
      return talk_script_flush;
    case Action::script_kill:
      return talk_script_kill;
    case Action::script_load:
      return talk_script_load;
    case Action::slowlog_get:
      return talk_slowlog_get;
    case Action::slowlog_len:
      return talk_slowlog_len;
    case Action::slowlog_reset:
      return talk_slowlog_reset;
    case Action::info:
      return talk_info;
    default:
      return nullptr;
  }
}

}  // namespace bulkhead::session
