// One thread: its own event loop, listeners, lanes, sessions and counters. Nothing in here is
// shared with other workers but immutable snapshots; what comes from outside is posted to its loop.
#pragma once

#include "bulkhead/base/log.hpp"
#include "bulkhead/metrics/registry.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/server/overload.hpp"
#include "bulkhead/session/context.hpp"
#include "bulkhead/session/fanout.hpp"
#include "bulkhead/session/session.hpp"
#include "bulkhead/upstream/turn.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::server {

class Worker {
 public:
  struct Place {
    int index;
    int count;  // of workers
  };

  Worker(Place place, const Log& log, const metrics::Registry& registry,
         metrics::WorkerCounters& counters, std::shared_ptr<const request::Snapshot> snapshot,
         std::shared_ptr<const metrics::Numbering> numbers);
  ~Worker();

  // Before run(): takes over the descriptor. In the order of the configuration.
  void add_listener(int fd, const config::Listener& settings);

  // Before run(): where other workers reach this one, and it them.
  session::Context& context() { return context_; }
  void set_peers(const session::Peers& peers) { context_.peers = &peers; }

  // The thread's whole life.
  void run();

  // From any thread.
  void reload(std::shared_ptr<const request::Snapshot> snapshot,
              std::shared_ptr<const metrics::Numbering> numbers, std::string fence_key);
  void drain(Milliseconds deadline, session::Drain waiting);

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor>;
  // Where clients come in. Its settings follow the configuration, but for the address.
  struct Door {
    Acceptor acceptor;
    config::Listener settings;
  };
  Awaitable<void> accept_loop(Door& door);
  void admit(Socket socket, const Door& door);
  Awaitable<void> admit_proxied(Socket socket, const Door& door);
  void welcome(Socket socket, const config::Listener& listener, tenant::ClientState client);
  bool is_full(Socket& socket);
  tenant::ClientState client_of(Socket& socket);
  void follow_listeners();
  bool has_descriptors(error_code error, Socket& socket);
  void share_breaker(upstream::Backend& backend);
  Awaitable<void> tick_loop();
  void tick(Instant now, bool sessions_too);
  void open_backends();
  void report_unclassified(const upstream::Backend& backend);
  void check_walls(const std::shared_ptr<upstream::Backend>& backend);
  void follow_fences(const request::Snapshot& before);
  void end();
  template <class Act>
  void for_each_session(Act act);

  const Place place_;
  asio::io_context io_;
  upstream::Turn turn_;
  std::minstd_rand random_;
  session::Context context_;
  const boost::intrusive_ptr<session::Fanout> fanout_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::int64_t waiting_ = 0;  // connections whose PROXY header has not come yet
  std::vector<std::shared_ptr<upstream::Backend>> retiring_;  // until what is under way is answered
  session::Sessions sessions_;
  Overload overload_;
  Timer ticker_;
  std::set<std::pair<const upstream::Backend*, int>> walls_checked_;
  std::set<std::pair<const upstream::Backend*, int>> reported_;  // generations of their commands
  std::uint64_t accepted_ = 0;
  bool short_of_descriptors_ = false;
  std::optional<Instant> drain_until_;
};

}  // namespace bulkhead::server
