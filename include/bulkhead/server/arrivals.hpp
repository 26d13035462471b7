// Clients between accept and their session: those whose TLS handshake is under way. They count as
// connections without an identity, and have the time that is given to AUTH. One per worker, touched
// by its thread only.
#pragma once

#include "bulkhead/session/context.hpp"
#include "bulkhead/tenant/client_state.hpp"
#include "bulkhead/upstream/stream.hpp"
#include "bulkhead/upstream/tls_context.hpp"

#include <boost/intrusive/list.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace bulkhead::server {

class Arrivals {
 public:
  // What follows when all is well.
  using Admit = std::function<void(upstream::Stream stream, const config::Listener& listener,
                                   tenant::ClientState client)>;

  Arrivals(session::Context& context, Admit admit);
  ~Arrivals();

  void begin(upstream::Stream stream, config::Listener listener, tenant::ClientState client,
             std::shared_ptr<const upstream::TlsContext> tls);
  // Closes those whose time is over.
  void tick(Instant now);
  // Closes all.
  void end();

 private:
  struct Arrival;
  Awaitable<void> receive(std::unique_ptr<Arrival> arrival,
                          std::shared_ptr<const upstream::TlsContext> tls);
  void fail(Arrival& arrival, metrics::Handshake outcome, metrics::Closed why,
            std::string_view problem);

  struct List;
  session::Context& context_;
  const Admit admit_;
  std::unique_ptr<List> under_way_;
};

}  // namespace bulkhead::server
