// The operators' side: /metrics, /healthz, /readyz over HTTP on a port of its own. Runs in main's
// thread, apart from the workers, so that a scrape delays no command.
#pragma once

#include "bulkhead/base/log.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/metrics/registry.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace bulkhead::server {

// Whether commands can be served, and how each backend does, a line each.
struct Readiness {
  bool ready = false;
  std::string detail;
};

class Admin {
 public:
  // Listens at once. Throws std::system_error.
  Admin(boost::asio::io_context& io, const config::Endpoint& address, const Log& log,
        const metrics::Registry& registry, std::function<Readiness()> ready);
  ~Admin();

  // As bound: port 0 has become a number.
  std::string address() const;
  void stop();

 private:
  struct Impl;  // hides Boost.Beast
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkhead::server
