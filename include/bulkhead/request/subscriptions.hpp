// What one client is subscribed to, in its own names; which upstream channels carry it; what the
// client is told. Pure: owned by a session, touched by its worker's thread only.
//
// A subscribing command is one change. Names and counts follow at once, so that the next command of
// a pipeline can be decided; the acknowledgements leave, and events are passed on, when the change
// is acknowledged upstream: acknowledge(), in the order of the changes.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/request/keyspace_events.hpp"
#include "bulkhead/resp/args.hpp"
#include "bulkhead/resp/pubsub_message.hpp"
#include "bulkhead/rewrite/channel_name.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bulkhead::request {

using rewrite::ChannelKind;

// By std::string, looked up without making one.
struct NameHash : std::hash<std::string_view> {
  using is_transparent = void;
};
template <class T>
using ByName = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;

// One subscribing command: the channels that the client needs upstream from now on, or no longer,
// in one command, each of them acknowledged there. Without any, the client is told at once:
// `answer`.
struct SubscriptionChange {
  ChannelKind kind;
  bool subscribe;
  std::vector<rewrite::ScopedChannel> upstream;
  Buffer answer;
};

enum class Told : std::uint8_t {
  told,     // the client has its message, or messages
  nothing,  // an event of another tenant, or of nobody who asked
  foreign,  // not the tenant's channel: a mistake upstream, and to be reported
};

class SubscriptionBook {
 public:
  // The names are args[1] and what follows. When one is refused, nothing has changed.
  Result<SubscriptionChange> subscribe(const TenantView& view, ChannelKind kind,
                                       const resp::Args& args, bool resp3);
  // Without names: from all of this kind.
  SubscriptionChange unsubscribe(const TenantView& view, ChannelKind kind, const resp::Args& args,
                                 bool resp3);
  // The oldest change that has gone upstream is acknowledged there: what the client is told.
  Buffer acknowledge();

  // Writes the client's message, or messages, for one that has come from upstream.
  Told tell(const TenantView& view, const resp::PubsubMessage& upstream, bool resp3,
            Buffer& out) const;

  bool has(ChannelKind kind, std::string_view name) const { return names(kind).contains(name); }
  std::size_t count(ChannelKind kind) const { return names(kind).size(); }
  // As Redis counts in acknowledgements: channels and patterns together.
  std::size_t count_with(ChannelKind kind) const;
  std::size_t total() const;
  bool empty() const { return total() == 0; }
  // Nothing is subscribed, and nothing is under way.
  bool idle() const { return empty() && pending_.empty(); }
  // The client's names in the order in which they came.
  std::vector<std::string_view> list(ChannelKind kind) const;

 private:
  using Channels = std::vector<rewrite::ScopedChannel>;
  // An upstream channel of events: for whom it was asked, and who is told of its messages.
  struct Carrier {
    std::size_t uses = 0;
    std::vector<std::string> names;
  };
  // Few clients ask for events, so that others do not pay for it.
  struct Events {
    std::array<ByName<Channels>, 2> channels;  // by the client's name; channels, patterns
    std::array<ByName<Carrier>, 2> carriers;   // by the upstream name
  };
  struct Touched {
    ChannelKind kind;
    std::string name;
    Channels channels;
  };
  struct Pending {
    Buffer answer;
    std::vector<Touched> touched;
  };
  struct Carriers {
    std::optional<rewrite::ScopedChannel> plain;
    Channels events;
  };

  static Result<Carriers> carriers_of(const TenantView& view, ChannelKind kind,
                                      std::string_view name);
  void add(ChannelKind kind, std::string_view name, Carriers carriers, SubscriptionChange& change,
           Pending& pending);
  void remove(const TenantView& view, ChannelKind kind, std::string_view name,
              SubscriptionChange& change, Pending& pending);
  void write_answer(ChannelKind kind, bool subscribe, std::optional<std::string_view> name,
                    bool resp3, Buffer& out) const;
  void finish(SubscriptionChange& change, Pending pending);
  void settle(const Touched& touched);
  Told tell_event(const TenantView& view, const resp::PubsubMessage& upstream, bool resp3,
                  Buffer& out) const;

  const ByName<std::uint64_t>& names(ChannelKind kind) const {
    return names_[static_cast<std::size_t>(kind)];
  }
  ByName<std::uint64_t>& names(ChannelKind kind) { return names_[static_cast<std::size_t>(kind)]; }

  std::array<ByName<std::uint64_t>, rewrite::kChannelKinds> names_;  // and which came when
  std::uint64_t added_ = 0;
  std::unique_ptr<Events> events_;
  std::deque<Pending> pending_;
};

}  // namespace bulkhead::request
