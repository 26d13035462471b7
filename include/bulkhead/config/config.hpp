// All settings as plain values with defaults and units. A Config is built whole by load.hpp, never
// changed afterwards, and shared as a part of the snapshot.
#pragma once

#include "bulkhead/config/identity.hpp"
#include "bulkhead/config/ttl.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::config {

// "127.0.0.1:6380", "[::1]:6380", "redis.internal:6379" or "unix:/run/bulkhead.sock".
struct Endpoint {
  std::string host;        // empty for a unix socket
  std::uint16_t port = 0;  // 0 binds a free one
  std::string path;        // of the unix socket

  bool is_unix() const { return !path.empty(); }
  std::string text() const;
  bool operator==(const Endpoint&) const = default;
};

struct Listener {
  Endpoint address;
  std::optional<std::string> tenant;  // clients of this listener belong to it, without AUTH
  std::optional<unsigned> mode;       // of a unix socket's file; none: what the umask leaves
  std::vector<Peer> peers;            // of a unix socket: who needs no AUTH
  std::optional<ProxyProtocol> proxy_protocol;
};

struct Admin {
  Endpoint address;
};

// When a backend is given up for a while: commands fail at once then. See upstream/breaker.hpp.
struct Breaker {
  bool enabled = true;
  Milliseconds window{10000};   // over which the following are counted
  int failures = 5;             // connections that could not be made; 0: any number
  int timeouts = 3;             // answers that did not come in time; 0: any number
  int error_rate = 50;          // percent of the commands lost with their connection; 0: any
  int min_commands = 50;        // below it the rate says nothing
  Milliseconds open_time{500};  // nothing is tried for so long
  int probes = 1;               // health checks in a row that must be answered then

  bool operator==(const Breaker&) const = default;
};

struct Backend {
  std::string name;
  Endpoint address;
  std::string username;
  std::string password;  // from `password` or the first line of `password_file`
  int lanes = 1;         // shared lanes per worker, database and protocol
  Milliseconds connect_timeout{1000};
  Milliseconds command_timeout{5000};    // without an answer to anybody: the connection is closed
  Milliseconds command_deadline{30000};  // for one command, answered or not; 0: none
  Milliseconds reconnect_min{50};
  Milliseconds reconnect_max{2000};
  Milliseconds health_interval{1000};
  Milliseconds health_timeout{2000};  // a health check without an answer: the backend hangs
  Breaker breaker;

  bool operator==(const Backend&) const = default;
};

// What a client is told while the backend is away: so, or what a cache without the key would
// answer.
enum class OnFailure { error, miss };

struct Feature {
  std::string name;
  int db = 0;
  std::string backend;            // empty: the first backend
  std::vector<std::string> keys;  // glob patterns; the first feature in the list with a match wins
  OnFailure on_failure = OnFailure::error;

  bool operator==(const Feature&) const = default;
};

enum class PrefixMode { add, require };
enum class Routing { by_key, by_select };
// Whether each subscribed client has its own subscription upstream, or those of a worker share one.
enum class Pubsub { exact, fanout };
// Tenants' Lua: refused, run behind the shim alone, or also as an ACL user of the tenant's.
enum class Scripts { off, shim_only, fenced };
// What of a tenant's goes upstream as its own ACL user: its scripts, or every command.
enum class Fence { scripts, all };

struct Tenant {
  std::string name;
  std::string prefix;  // template as written, e.g. "{tenant}:"
  PrefixMode prefix_mode = PrefixMode::add;
  Routing routing = Routing::by_key;
  Pubsub pubsub = Pubsub::exact;
  Fence fence = Fence::scripts;
  std::optional<std::vector<int>> databases;  // for SELECT (by_select); none: the features'
  std::vector<std::string> policy;  // rules over the default policy, in order, as in Redis' ACL
  int weight = 1;                   // of its share of a lane and of a worker, among other tenants'
  std::vector<std::pair<std::size_t, Ttl>> ttls;  // by feature: instead of the one of all tenants
  std::vector<User> users;
  std::string file;  // where it is configured, for messages
  int line = 0;
};

struct Limits {
  std::size_t clients = 10000;                      // connections to the process; 0: no limit
  std::size_t request_bulk = 512u * 1024 * 1024;    // bytes of one argument, as proto-max-bulk-len
  std::size_t request_args = 1024 * 1024;           // arguments of one command
  std::size_t request_bytes = 1024u * 1024 * 1024;  // bytes of one command
  std::size_t pipeline = 10000;                     // commands of one client under way
  std::size_t pinned = 5000;                        // pinned lanes of one tenant
  std::size_t subscriptions = 100'000;              // channels and patterns of one client
  std::size_t tenant_subscriptions = 1'000'000;     // of all clients of one tenant
  std::size_t client_output = 64u * 1024 * 1024;    // bytes waiting for one client
  std::size_t client_output_soft = 1024 * 1024;     // above it, that client is no longer read
  std::size_t subscriber_output = 32u * 1024 * 1024;      // the same, for one that is subscribed
  std::size_t subscriber_output_soft = 8u * 1024 * 1024;  // for subscriber_output_time at most
  std::size_t lane_output = 64u * 1024 * 1024;            // bytes waiting for one lane
  std::size_t lane_in_flight = 1024;  // commands with the backend on one lane; 0: no bound
  std::size_t process_buffers = 1024u * 1024 * 1024;  // all buffers of the process together
  Milliseconds auth_timeout{10000};                   // from accept to a valid AUTH
  Milliseconds auth_failure_delay{200};  // an answer to wrong credentials waits so long
  Milliseconds idle_timeout{0};          // 0: never
  Milliseconds subscriber_output_time{60000};
  Milliseconds slow_reader_grace{2000};  // a client that blocks others' replies is closed after it
  Milliseconds drain_timeout{10000};     // from SIGTERM to the end
  Milliseconds drain_blocked{2000};      // and for clients that block or are in a transaction
  Milliseconds drain_subscribed{2000};   // and for subscribers and monitors
  std::size_t pattern_bytes = 1024;      // of one pattern that a client searches with
  std::size_t pattern_stars = 10;        // wildcards '*' in it: what makes matching slow
  int scan_count_max = 1000;             // COUNT of one SCAN round, upstream
  Milliseconds slowlog_slower_than{10};  // SLOWLOG keeps commands that took longer
  int slowlog_max_len = 128;             // entries per tenant and worker
  int scripts = 500;                     // of one tenant, that EVALSHA finds
  std::size_t script_bytes = 64u * 1024 * 1024;   // of all tenants' scripts, per worker
  std::size_t script_cache = 256u * 1024 * 1024;  // of a backend's memory; 0: not bounded
  Milliseconds script_time{5000};                 // a script that runs longer is killed; 0: never
  Milliseconds script_penalty{0};                 // and its tenant runs no scripts for so long
  Milliseconds scan_budget{50};  // a SCAN page is answered after it, however few keys were found
};

enum class LogFormatSetting { text, json };
enum class LogLevelSetting { debug, info, warning, error };

struct Logging {
  LogLevelSetting level = LogLevelSetting::info;
  LogFormatSetting format = LogFormatSetting::text;
};

struct Config {
  std::string file;  // it was read from
  std::vector<Listener> listen;
  std::optional<Admin> admin;
  int workers = 0;  // 0: `auto`, one per core
  std::vector<Backend> backends;
  std::vector<Feature> features;
  std::vector<Ttl> ttls;  // of each feature
  std::string default_feature;
  std::string prefix = "{tenant}:";
  PrefixMode prefix_mode = PrefixMode::add;
  Routing routing = Routing::by_key;
  Pubsub pubsub = Pubsub::exact;
  bool password_only_auth = true;  // AUTH <password>: the password alone says who it is
  std::string cursor_secret;       // binds SCAN cursors; the same on every proxy of a fleet
  Scripts scripts = Scripts::fenced;
  Fence fence = Fence::scripts;
  std::vector<std::string> policy;
  std::vector<Tenant> tenants;
  Limits limits;
  Auth auth;
  std::optional<Audit> audit;
  Logging log;
};

}  // namespace bulkhead::config
