#include "bulkhead/session/answers.hpp"

#include "answers_client.hpp"
#include "answers_diagnosis.hpp"
#include "answers_identity.hpp"
#include "answers_server.hpp"
#include "answers_tracking.hpp"

namespace bulkhead::session {

using command::Action;

// A switch and not an array over the enum: the compiler names the action that nobody answers.
Answer answer_for(Action action) {
  switch (action) {
    case Action::auth:
      return answer_auth;
    case Action::hello:
      return answer_hello;
    case Action::ping:
      return answer_ping;
    case Action::echo:
      return answer_echo;
    case Action::select:
      return answer_select;
    case Action::reset:
      return answer_reset;
    case Action::quit:
      return answer_quit;
    case Action::client_getname:
      return answer_client_getname;
    case Action::client_id:
      return answer_client_id;
    case Action::client_info:
      return answer_client_info;
    case Action::client_no_evict:
      return answer_client_on_off;
    case Action::client_no_touch:
      return answer_client_on_off;
    case Action::client_reply:
      return answer_client_reply;
    case Action::client_setinfo:
      return answer_client_setinfo;
    case Action::client_setname:
      return answer_client_setname;
    case Action::acl_cat:
      return answer_acl_cat;
    case Action::acl_whoami:
      return answer_acl_whoami;
    case Action::command_count:
      return answer_command_count;
    case Action::command_list:
      return answer_command_list;
    case Action::config_get:
      return answer_config_get;
    case Action::lastsave:
      return answer_lastsave;
    case Action::lolwut:
      return answer_lolwut;
    case Action::module_list:
      return answer_module_list;
    case Action::role:
      return answer_role;
    case Action::time:
      return answer_time;
    case Action::acl_getuser:
      return answer_acl_getuser;
    case Action::client_caching:
      return answer_client_caching;
    case Action::client_getredir:
      return answer_client_getredir;
    case Action::client_trackinginfo:
      return answer_client_trackinginfo;
    case Action::cluster_disabled:
      return answer_cluster_disabled;
    case Action::latency_doctor:
      return answer_latency_doctor;
    case Action::latency_graph:
      return answer_latency_graph;
    case Action::latency_reset:
      return answer_latency_reset;
    case Action::memory_doctor:
      return answer_memory_doctor;
    case Action::no_entries:
      return answer_no_entries;
    case Action::nothing_to_do:
      return answer_nothing_to_do;
    case Action::command:
    case Action::command_docs:
    case Action::command_getkeys:
    case Action::command_getkeysandflags:
    case Action::command_info:
    case Action::dbsize:
    case Action::flush:
    case Action::flush_all:
    case Action::keys:
    case Action::randomkey:
    case Action::scan:
    case Action::client_kill:
    case Action::client_list:
    case Action::commandlog_get:
    case Action::commandlog_len:
    case Action::commandlog_reset:
    case Action::latency_histogram:
    case Action::client_unblock:
    case Action::memory_stats:
    case Action::pubsub_channels:
    case Action::pubsub_numpat:
    case Action::pubsub_numsub:
    case Action::pubsub_shardnumsub:
    case Action::slowlog_get:
    case Action::slowlog_len:
    case Action::slowlog_reset:
    case Action::script_eval:
    case Action::script_evalsha:
    case Action::script_exists:
    case Action::script_flush:
    case Action::script_kill:
    case Action::script_load:
    case Action::info:
    case Action::help:
    case Action::multi:
    case Action::exec:
    case Action::discard:
    case Action::watch:
    case Action::unwatch:
    case Action::subscribe:
    case Action::unsubscribe:
    case Action::monitor:
    case Action::client_tracking:
    case Action::none:
      break;
  }
  return nullptr;
}

}  // namespace bulkhead::session
