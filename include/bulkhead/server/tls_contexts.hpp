// All that TLS needs of one configuration: certificates, keys and authorities, read from their
// files. Made in main's thread at the start and on reload; immutable, shared by the workers.
#pragma once

#include "bulkhead/base/log.hpp"
#include "bulkhead/config/load.hpp"
#include "bulkhead/upstream/tls_context.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::server {

struct TlsContexts {
  using Context = std::shared_ptr<const upstream::TlsContext>;
  std::vector<Context> listeners;  // null: plain
  std::vector<Context> backends;   // in the configuration's order
};

struct LoadedTls {
  std::shared_ptr<const TlsContexts> contexts;  // null when there are problems
  config::Problems problems;
  config::Problems warnings;  // certificates whose time is over, or soon will be
};

// With `strict` a certificate whose time is over is a problem, unless it is in force already: a
// proxy that is started again must not stay away because of it, and no other change wait for it.
LoadedTls load_tls(const config::Config& config, bool strict, const TlsContexts* in_force);

// A line of the log for each.
void tell_warnings(const Log& log, const config::Problems& warnings);

// The same for listeners that were opened with another configuration, in their order. One that the
// new configuration does not have any more keeps what it has, until the restart that it waits for.
std::shared_ptr<const TlsContexts> for_open_listeners(const std::vector<config::Listener>& open,
                                                      const config::Config& next,
                                                      const TlsContexts& loaded,
                                                      const TlsContexts& in_force);

// When each certificate's time is over: whose it is, and the Unix time.
std::vector<std::pair<std::string, double>> expiries(const config::Config& config,
                                                     const TlsContexts& contexts);

}  // namespace bulkhead::server
