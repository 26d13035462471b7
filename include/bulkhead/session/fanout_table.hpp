// Which of a worker's clients hear which upstream channels, when they share one upstream connection
// (`pubsub: fanout`). No socket in here. Owned by the worker's Fanout, touched by its thread only.
//
// A channel is subscribed to for the first who asks and given up with the last. What goes upstream
// is an order; orders are acknowledged in their turn, and so are the changes of the clients: each
// when what it needs is acknowledged, and not before those that came earlier.
#pragma once

#include "bulkhead/request/subscriptions.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace bulkhead::session {

// A message as clients of one tenant get it, in RESP2 and RESP3; empty until somebody needs it.
using Written = std::array<Buffer, 2>;

// A client that shares the connection.
class Listener {
 public:
  // This change is in force.
  virtual void on_changed(std::uint64_t ticket) = 0;
  // It is not, and will not be.
  virtual void on_change_lost(std::uint64_t ticket, const Refusal& why) = 0;
  // A message has come, in upstream names. `written`: all who hear it get the same bytes. The
  // subscriptions must not change before this returns.
  virtual void on_message(const resp::PubsubMessage& message, Written* written) = 0;

 protected:
  ~Listener() = default;
};

// One subscribing command for the shared connection.
struct FanoutOrder {
  rewrite::ChannelKind kind;
  bool subscribe;
  std::vector<rewrite::ScopedChannel> channels;
};

class FanoutTable {
 public:
  struct Topic {
    rewrite::ScopedChannel channel;
    std::size_t uses = 0;     // by clients, changes under way included
    std::uint64_t order = 0;  // the last one that subscribed to it
    std::unordered_set<Listener*> listeners{};
  };

  // Registers a client's change; what has to go upstream for it may be nothing. Call settle() then.
  FanoutOrder change(Listener& listener, std::uint64_t ticket,
                     const request::SubscriptionChange& change);
  // The client is gone, and so are these subscriptions of it; what has to go upstream.
  FanoutOrder drop(Listener& listener, const request::SubscriptionChange& all);

  // The oldest order is acknowledged.
  void acknowledged();
  // Puts the changes in force that wait for nothing any more.
  void settle();

  // The connection is lost. next_lost() then gives, one by one, whose changes were under way.
  void lost() { acknowledged_ = ordered_; }
  std::optional<std::pair<Listener*, std::uint64_t>> next_lost();
  // Everything that is asked for, for a new connection, at most so many channels in one order.
  std::vector<FanoutOrder> all(std::size_t most);

  const Topic* find(rewrite::ChannelKind kind, std::string_view upstream) const;
  bool empty() const;

 private:
  using Topics = request::ByName<Topic>;
  struct Waiting {
    std::uint64_t needs;  // this order
    Listener* listener;
    std::uint64_t ticket;
    rewrite::ChannelKind kind;
    bool subscribe;
    std::vector<rewrite::ScopedChannel> channels;
  };

  Topics& topics(rewrite::ChannelKind kind) { return topics_[static_cast<std::size_t>(kind)]; }
  void use(rewrite::ChannelKind kind, const rewrite::ScopedChannel& channel, FanoutOrder& order,
           std::uint64_t& needs);
  void give_up(rewrite::ChannelKind kind, const rewrite::ScopedChannel& channel,
               FanoutOrder& order);
  void leave(rewrite::ChannelKind kind, const rewrite::ScopedChannel& channel, Listener& listener);
  void put_in_force(const Waiting& waiting);

  std::array<Topics, rewrite::kChannelKinds> topics_;
  std::deque<Waiting> waiting_;
  std::uint64_t ordered_ = 0;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace bulkhead::session
