#include "bulkhead/session/fanout_table.hpp"

#include <algorithm>

namespace bulkhead::session {

using rewrite::ChannelKind;
using rewrite::ScopedChannel;

namespace {

constexpr std::array kKinds = {ChannelKind::channel, ChannelKind::pattern, ChannelKind::sharded};

}  // namespace

void FanoutTable::use(ChannelKind kind, const ScopedChannel& channel, FanoutOrder& order,
                      std::uint64_t& needs) {
  Topic& topic = topics(kind).try_emplace(channel.text(), Topic{channel}).first->second;
  if (topic.uses++ == 0) {
    order.channels.push_back(channel);
    topic.order = ordered_ + 1;  // the one that is being made
  }
  needs = std::max(needs, topic.order);
}

void FanoutTable::give_up(ChannelKind kind, const ScopedChannel& channel, FanoutOrder& order) {
  Topic& topic = topics(kind).find(channel.text())->second;
  if (--topic.uses == 0) order.channels.push_back(channel);
}

void FanoutTable::leave(ChannelKind kind, const ScopedChannel& channel, Listener& listener) {
  const auto found = topics(kind).find(channel.text());
  if (found == topics(kind).end()) return;
  found->second.listeners.erase(&listener);
  if (found->second.uses == 0 && found->second.listeners.empty()) topics(kind).erase(found);
}

FanoutOrder FanoutTable::change(Listener& listener, std::uint64_t ticket,
                                const request::SubscriptionChange& change) {
  FanoutOrder order{change.kind, change.subscribe, {}};
  std::uint64_t needs = 0;
  for (const ScopedChannel& channel : change.upstream) {
    if (change.subscribe)
      use(change.kind, channel, order, needs);
    else
      give_up(change.kind, channel, order);
  }
  if (!order.channels.empty()) needs = ++ordered_;
  waiting_.push_back({needs, &listener, ticket, change.kind, change.subscribe, change.upstream});
  return order;
}

FanoutOrder FanoutTable::drop(Listener& listener, const request::SubscriptionChange& all) {
  FanoutOrder order{all.kind, false, {}};
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (waiting.listener != &listener) return false;
    if (!waiting.subscribe) put_in_force(waiting);
    return true;
  });
  for (const ScopedChannel& channel : all.upstream) {
    give_up(all.kind, channel, order);
    leave(all.kind, channel, listener);
  }
  if (!order.channels.empty()) ++ordered_;
  return order;
}

void FanoutTable::put_in_force(const Waiting& waiting) {
  for (const ScopedChannel& channel : waiting.channels) {
    if (!waiting.subscribe) {
      leave(waiting.kind, channel, *waiting.listener);
      continue;
    }
    const auto found = topics(waiting.kind).find(channel.text());
    if (found != topics(waiting.kind).end()) found->second.listeners.insert(waiting.listener);
  }
}

void FanoutTable::settle() {
  while (!waiting_.empty() && waiting_.front().needs <= acknowledged_) {
    const Waiting waiting = std::move(waiting_.front());
    waiting_.pop_front();
    put_in_force(waiting);
    waiting.listener->on_changed(waiting.ticket);
  }
}

void FanoutTable::acknowledged() {
  ++acknowledged_;
  settle();
}

std::optional<std::pair<Listener*, std::uint64_t>> FanoutTable::next_lost() {
  if (waiting_.empty()) return std::nullopt;
  const Waiting waiting = std::move(waiting_.front());
  waiting_.pop_front();
  if (!waiting.subscribe) put_in_force(waiting);
  return std::pair(waiting.listener, waiting.ticket);
}

std::vector<FanoutOrder> FanoutTable::all(std::size_t most) {
  std::vector<FanoutOrder> orders;
  for (ChannelKind kind : kKinds) {
    bool fresh = true;
    for (auto& [name, topic] : topics(kind)) {
      if (topic.uses == 0) continue;
      if (fresh || orders.back().channels.size() == most) {
        orders.push_back({kind, true, {}});
        ++ordered_;
      }
      fresh = false;
      orders.back().channels.push_back(topic.channel);
      topic.order = ordered_;
    }
  }
  return orders;
}

const FanoutTable::Topic* FanoutTable::find(ChannelKind kind, std::string_view upstream) const {
  const Topics& topics = topics_[static_cast<std::size_t>(kind)];
  const auto found = topics.find(upstream);
  return found == topics.end() ? nullptr : &found->second;
}

bool FanoutTable::empty() const {
  return std::all_of(topics_.begin(), topics_.end(), [](const Topics& t) { return t.empty(); });
}

}  // namespace bulkhead::session
