// The whole proxy: workers, admin port, signals, reload and drain. Made and run in main's thread.
#pragma once

#include "bulkhead/base/log.hpp"
#include "bulkhead/metrics/registry.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/server/admin.hpp"
#include "bulkhead/server/audit_log.hpp"
#include "bulkhead/server/worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace bulkhead::server {

class Server {
 public:
  // Opens all listeners. Throws std::system_error.
  Server(Log& log, std::shared_ptr<const request::Snapshot> snapshot);
  ~Server();

  // Serves until SIGTERM or SIGINT, then drains. SIGHUP reads the file again, if there is one.
  void run();

 private:
  void await_signal();
  void await_clean_up();
  void reload();
  void open_audit();
  void reopen_audit();
  void warn_of_expired(const config::Config& config) const;
  void set_modes(const std::vector<config::Listener>& listeners) const;
  void warn_of_fixed_settings(const config::Config& now, const config::Config& next) const;
  Readiness readiness() const;
  void install(std::shared_ptr<const request::Snapshot> snapshot);
  std::string fence_key();
  std::shared_ptr<const metrics::Numbering> number(const request::Snapshot& snapshot);

  Log& log_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer cleaner_;
  metrics::Registry registry_;
  AuditLog audit_;
  std::shared_ptr<const request::Snapshot> snapshot_;
  std::shared_ptr<const metrics::Numbering> numbers_;  // the snapshot's
  // Replaced snapshots, kept until no worker has them: freeing 100,000 tenants takes a while, and
  // must not happen on a worker's thread.
  std::vector<std::shared_ptr<const request::Snapshot>> replaced_;
  std::vector<std::unique_ptr<Worker>> workers_;
  session::Peers peers_;  // of the workers
  std::unique_ptr<Admin> admin_;
  std::string made_up_key_;  // for the fences, when none is configured
  bool draining_ = false;
};

}  // namespace bulkhead::server
