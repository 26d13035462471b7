#include "bulkhead/server/arrivals.hpp"

#include "bulkhead/upstream/tls_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace bulkhead::server {
namespace {

using metrics::Closed;
using metrics::Handshake;

metrics::Counter& counter_of(metrics::WorkerCounters& counters, Handshake outcome) {
  return counters.handshakes[static_cast<std::size_t>(outcome)];
}

}  // namespace

struct Arrivals::Arrival
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  Arrival(metrics::WorkerCounters& c, upstream::Stream s, config::Listener l,
          tenant::ClientState who)
      : counters(c), stream(std::move(s)), listener(std::move(l)), client(std::move(who)) {
    counters.clients.add(1);
    counters.unauthenticated.add(1);
  }
  ~Arrival() { leave(); }
  // Is no connection without identity any more: it has ended, or a session counts for it.
  void leave() {
    if (std::exchange(left, true)) return;
    counters.clients.add(-1);
    counters.unauthenticated.add(-1);
  }

  metrics::WorkerCounters& counters;
  upstream::Stream stream;
  const config::Listener listener;  // as it was when the client came
  tenant::ClientState client;
  bool left = false;
};

struct Arrivals::List
    : boost::intrusive::list<Arrival, boost::intrusive::constant_time_size<false>> {};

Arrivals::Arrivals(session::Context& context, Admit admit)
    : context_(context), admit_(std::move(admit)), under_way_(std::make_unique<List>()) {}

Arrivals::~Arrivals() = default;

void Arrivals::begin(upstream::Stream stream, config::Listener listener, tenant::ClientState client,
                     std::shared_ptr<const upstream::TlsContext> tls) {
  client.connected_at = context_.turn.now();
  auto arrival = std::make_unique<Arrival>(context_.counters, std::move(stream),
                                           std::move(listener), std::move(client));
  under_way_->push_back(*arrival);
  asio::co_spawn(context_.io, receive(std::move(arrival), std::move(tls)), asio::detached);
}

Awaitable<void> Arrivals::receive(std::unique_ptr<Arrival> arrival,
                                  std::shared_ptr<const upstream::TlsContext> tls) {
  const error_code error = co_await arrival->stream.secure(tls);
  if (arrival->left) co_return;
  if (error) {
    const Handshake outcome = upstream::outcome_of(error);
    const Closed why = outcome == Handshake::closed ? Closed::by_client : Closed::protocol;
    fail(*arrival, outcome, why, error.message());
    co_return;
  }
  counter_of(context_.counters, Handshake::ok).add();
  upstream::Stream stream = std::move(arrival->stream);
  tenant::ClientState client = std::move(arrival->client);
  arrival->leave();  // the session counts from here on
  admit_(std::move(stream), arrival->listener, std::move(client));
}

// Counted first: who sees the connection closed may look at the counters at once. Those that end
// before a byte has come are of health checks: not worth a line.
void Arrivals::fail(Arrival& arrival, Handshake outcome, Closed why, std::string_view problem) {
  counter_of(context_.counters, outcome).add();
  context_.counters.closed[static_cast<std::size_t>(why)].add();
  arrival.leave();
  if (outcome != Handshake::closed) {
    context_.log.warning("tls_handshake_failed",
                         {{"client", arrival.client.address}, {"problem", problem}});
  }
  arrival.stream.close();
}

void Arrivals::tick(Instant now) {
  const Milliseconds patience = context_.snapshot->config.limits.auth_timeout;
  for (Arrival& arrival : *under_way_) {
    if (arrival.left || now - arrival.client.connected_at <= patience) continue;
    fail(arrival, Handshake::timeout, Closed::auth_timeout, "TLS: did not come to an end in time");
  }
}

void Arrivals::end() {
  for (Arrival& arrival : *under_way_) {
    if (!arrival.left) fail(arrival, Handshake::closed, Closed::draining, {});
  }
}

}  // namespace bulkhead::server
