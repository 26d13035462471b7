#include "bulkhead/request/subscriptions.hpp"

#include "bulkhead/base/glob.hpp"
#include "bulkhead/resp/writer.hpp"

#include <algorithm>

namespace bulkhead::request {

using resp::PubsubMessage;
using rewrite::ScopedChannel;

namespace {

// Channels and patterns are counted together, and have the same table of events.
std::size_t index(ChannelKind kind) {
  return static_cast<std::size_t>(kind);
}

}  // namespace

std::size_t SubscriptionBook::count_with(ChannelKind kind) const {
  if (kind == ChannelKind::sharded) return count(kind);
  return count(ChannelKind::channel) + count(ChannelKind::pattern);
}

std::size_t SubscriptionBook::total() const {
  return count_with(ChannelKind::channel) + count(ChannelKind::sharded);
}

std::vector<std::string_view> SubscriptionBook::list(ChannelKind kind) const {
  std::vector<std::pair<std::uint64_t, std::string_view>> sorted;
  for (const auto& [name, when] : names(kind)) sorted.emplace_back(when, name);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string_view> list;
  for (const auto& [when, name] : sorted) list.push_back(name);
  return list;
}

void SubscriptionBook::write_answer(ChannelKind kind, bool subscribe,
                                    std::optional<std::string_view> name, bool resp3,
                                    Buffer& out) const {
  resp::ReplyWriter writer(out, resp3);
  writer.push(3);
  writer.bulk(rewrite::subscribing_word(kind, subscribe));
  if (name)
    writer.bulk(*name);
  else
    writer.null();
  writer.integer(static_cast<std::int64_t>(count_with(kind)));
}

// ---- Changes

// `__redis__:invalidate`, which names no channel of anybody's, gets its own carrier here.
Result<SubscriptionBook::Carriers> SubscriptionBook::carriers_of(const TenantView& view,
                                                                 ChannelKind kind,
                                                                 std::string_view name) {
  Carriers carriers;
  if (kind != ChannelKind::sharded) {
    auto events =
        kind == ChannelKind::channel ? event_channels(view, name) : event_patterns(view, name);
    if (!events) return std::move(events).error();
    carriers.events = std::move(*events);
  }
  auto plain = rewrite::scoped_channel(view.tenant, kind, name);
  // A tenant that writes its prefix itself cannot write it in front of an event's name.
  if (plain)
    carriers.plain = std::move(*plain);
  else if (carriers.events.empty())
    return std::move(plain).error();
  return carriers;
}

void SubscriptionBook::add(ChannelKind kind, std::string_view name, Carriers carriers,
                           SubscriptionChange& change, Pending& pending) {
  if (!names(kind).try_emplace(std::string(name), added_).second) return;
  ++added_;
  if (carriers.plain) change.upstream.push_back(std::move(*carriers.plain));
  if (carriers.events.empty()) return;
  if (events_ == nullptr) events_ = std::make_unique<Events>();
  for (const ScopedChannel& channel : carriers.events) {
    if (++events_->carriers[index(kind)][channel.text()].uses == 1) {
      change.upstream.push_back(channel);
    }
  }
  events_->channels[index(kind)].emplace(name, carriers.events);
  pending.touched.push_back({kind, std::string(name), std::move(carriers.events)});
}

void SubscriptionBook::remove(const TenantView& view, ChannelKind kind, std::string_view name,
                              SubscriptionChange& change, Pending& pending) {
  const auto found = names(kind).find(name);
  if (found == names(kind).end()) return;
  auto plain = rewrite::scoped_channel(view.tenant, kind, name);
  if (plain) change.upstream.push_back(std::move(*plain));
  if (events_ != nullptr && kind != ChannelKind::sharded) {
    auto& channels = events_->channels[index(kind)];
    if (const auto events = channels.find(name); events != channels.end()) {
      for (const ScopedChannel& channel : events->second) {
        if (--events_->carriers[index(kind)][channel.text()].uses == 0) {
          change.upstream.push_back(channel);
        }
      }
      pending.touched.push_back({kind, std::string(name), std::move(events->second)});
      channels.erase(events);
    }
  }
  names(kind).erase(found);
}

Result<SubscriptionChange> SubscriptionBook::subscribe(const TenantView& view, ChannelKind kind,
                                                       const resp::Args& args, bool resp3) {
  std::vector<Carriers> carriers;
  for (std::size_t i = 1; i < args.size(); ++i) {
    auto one = carriers_of(view, kind, args[i]);
    if (!one) return std::move(one).error();
    carriers.push_back(std::move(*one));
  }
  SubscriptionChange change{kind, true, {}, {}};
  Pending pending;
  for (std::size_t i = 1; i < args.size(); ++i) {
    add(kind, args[i], std::move(carriers[i - 1]), change, pending);
    write_answer(kind, true, args[i], resp3, change.answer);
  }
  finish(change, std::move(pending));
  return change;
}

SubscriptionChange SubscriptionBook::unsubscribe(const TenantView& view, ChannelKind kind,
                                                 const resp::Args& args, bool resp3) {
  SubscriptionChange change{kind, false, {}, {}};
  Pending pending;
  if (args.size() == 1) {
    for (std::string_view listed : list(kind)) {
      const std::string name(listed);
      remove(view, kind, name, change, pending);
      write_answer(kind, false, name, resp3, change.answer);
    }
    if (change.answer.empty()) write_answer(kind, false, std::nullopt, resp3, change.answer);
  }
  for (std::size_t i = 1; i < args.size(); ++i) {
    remove(view, kind, args[i], change, pending);
    write_answer(kind, false, args[i], resp3, change.answer);
  }
  finish(change, std::move(pending));
  return change;
}

void SubscriptionBook::finish(SubscriptionChange& change, Pending pending) {
  if (change.upstream.empty()) {
    for (const Touched& touched : pending.touched) settle(touched);
    return;
  }
  pending.answer = std::move(change.answer);
  pending_.push_back(std::move(pending));
}

Buffer SubscriptionBook::acknowledge() {
  const Pending pending = std::move(pending_.front());
  pending_.pop_front();
  for (const Touched& touched : pending.touched) settle(touched);
  Buffer answer;
  answer.append(pending.answer.view());
  return answer;
}

// From now on, the client is told of these events or not any more: as it is subscribed by now.
void SubscriptionBook::settle(const Touched& touched) {
  const bool subscribed = names(touched.kind).contains(touched.name);
  auto& carriers = events_->carriers[index(touched.kind)];
  for (const ScopedChannel& channel : touched.channels) {
    Carrier& carrier = carriers[channel.text()];
    const auto told = std::find(carrier.names.begin(), carrier.names.end(), touched.name);
    if (subscribed && told == carrier.names.end()) carrier.names.push_back(touched.name);
    if (!subscribed && told != carrier.names.end()) carrier.names.erase(told);
    if (carrier.uses == 0 && carrier.names.empty()) carriers.erase(channel.text());
  }
}

// ---- Messages

Told SubscriptionBook::tell(const TenantView& view, const PubsubMessage& upstream, bool resp3,
                            Buffer& out) const {
  const bool by_pattern = upstream.kind == PubsubMessage::Kind::pmessage;
  const auto channel = rewrite::clients_channel(view.tenant, upstream.channel);
  // Nobody's channel of events begins with a tenant's prefix.
  if (!channel) return tell_event(view, upstream, resp3, out);
  PubsubMessage message = upstream;
  message.channel = *channel;
  if (by_pattern) {
    const auto pattern = rewrite::clients_pattern(view.tenant, upstream.pattern);
    if (!pattern) return Told::foreign;
    message.pattern = *pattern;
  }
  resp::write_message(message, resp3, out);
  return Told::told;
}

Told SubscriptionBook::tell_event(const TenantView& view, const PubsubMessage& upstream, bool resp3,
                                  Buffer& out) const {
  const bool by_pattern = upstream.kind == PubsubMessage::Kind::pmessage;
  if (events_ == nullptr || upstream.kind == PubsubMessage::Kind::smessage) return Told::foreign;
  const auto& carriers =
      events_->carriers[index(by_pattern ? ChannelKind::pattern : ChannelKind::channel)];
  const auto carrier = carriers.find(by_pattern ? upstream.pattern : upstream.channel);
  if (carrier == carriers.end()) return Told::foreign;
  ClientsEvent event;
  if (clients_event(view, upstream.channel, upstream.payload, event) != Sight::seen) {
    return Told::nothing;
  }
  PubsubMessage message = upstream;
  message.payload = event.payload;
  message.payload_wire = {};
  Told told = Told::nothing;
  const auto tell_as = [&](const std::string& name, std::string_view channel) {
    if (channel.empty() || !(by_pattern ? glob_matches(name, channel) : name == channel)) {
      return false;
    }
    message.pattern = name;
    message.channel = channel;
    resp::write_message(message, resp3, out);
    told = Told::told;
    return true;
  };
  // One pattern has an event once, though the client knows it by two channels.
  for (const std::string& name : carrier->second.names) {
    if (!tell_as(name, event.merged)) tell_as(name, event.own);
  }
  return told;
}

}  // namespace bulkhead::request
