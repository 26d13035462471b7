#include "bulkhead/session/fanout.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/pubsub_message.hpp"

#include <algorithm>

namespace bulkhead::session {

using resp::PubsubMessage;
using rewrite::ChannelKind;

namespace {

constexpr std::size_t kChannelsAtOnce = 1000;  // of one command, when everything is asked for again

ChannelKind kind_of(PubsubMessage::Kind kind) {
  switch (kind) {
    case PubsubMessage::Kind::message:
      return ChannelKind::channel;
    case PubsubMessage::Kind::pmessage:
      return ChannelKind::pattern;
    case PubsubMessage::Kind::smessage:
      break;
  }
  return ChannelKind::sharded;
}

}  // namespace

Fanout::Fanout(Context& context) : context_(context) {}

Fanout::~Fanout() = default;

std::uint16_t Fanout::place() const {
  return context_.snapshot->router.channels().place.backend;
}

std::optional<Refusal> Fanout::down() const {
  return why_down_;
}

// Asks for everything that is wanted. False when the backend is being removed.
bool Fanout::connect() {
  backend_ = context_.backends[place()];
  const int db = context_.snapshot->router.channels().place.db;
  lane_ = backend_->pinned().lease(db, true, *this, nullptr);
  if (lane_ == nullptr) return false;
  for (const FanoutOrder& order : table_.all(kChannelsAtOnce)) send(order);
  return true;
}

void Fanout::send(const FanoutOrder& order) {
  if (lane_ == nullptr || order.channels.empty()) return;
  lane_->subscribe(rewrite::subscribing_command(order.kind, order.subscribe, order.channels),
                   static_cast<std::uint32_t>(order.channels.size()), 0);
}

void Fanout::change(Listener& listener, std::uint64_t ticket,
                    const request::SubscriptionChange& change) {
  if (lane_ == nullptr && !why_down_) connect();
  const FanoutOrder order = table_.change(listener, ticket, change);
  send(order);
  if (lane_ == nullptr && !order.channels.empty()) table_.acknowledged();  // nobody else will
  table_.settle();
}

void Fanout::drop(Listener& listener, const request::SubscriptionChange& all) {
  const FanoutOrder order = table_.drop(listener, all);
  send(order);
  if (lane_ == nullptr && !order.channels.empty()) table_.acknowledged();
  table_.settle();
}

void Fanout::on_push(std::string_view bytes) {
  const auto message = resp::read_message(bytes);
  if (!message) return;
  const bool by_pattern = message->kind == PubsubMessage::Kind::pmessage;
  const auto* topic =
      table_.find(kind_of(message->kind), by_pattern ? message->pattern : message->channel);
  if (topic == nullptr) return;  // nobody wants it any more
  Written written;
  Written* const shared = topic->channel.carries_events() ? nullptr : &written;
  for (Listener* listener : topic->listeners) listener->on_message(*message, shared);
}

void Fanout::on_acknowledged(std::uint64_t) {
  if (std::exchange(why_down_, std::nullopt)) {
    context_.counters.backend(context_.numbers->backends[place()]).resubscribed.add();
    context_.log.warning("fanout_resubscribed", {{"backend", backend_->settings().name}});
  }
  pause_ = Milliseconds(0);
  table_.acknowledged();
}

// An error in the place of acknowledgements: the backend does not let the proxy subscribe.
bool Fanout::on_reply(upstream::Lane& lane, std::uint64_t, std::string_view bytes, bool) {
  context_.log.error("fanout_refused", {{"backend", lane.backend_name()}, {"reply", bytes}});
  if (lane_ != nullptr) lane_->retire();
  return true;
}

void Fanout::on_pinned_lost(const Refusal& why) {
  lane_.reset();
  lose(why);
}

void Fanout::lose(const Refusal& why) {
  why_down_ = why;
  const auto& settings = backend_->settings();
  pause_ = std::clamp(pause_ * 2, settings.reconnect_min, settings.reconnect_max);
  again_at_ = context_.turn.now() + pause_;
  table_.lost();
  while (const auto next = table_.next_lost()) next->first->on_change_lost(next->second, why);
}

void Fanout::tick(Instant now) {
  if (lane_ != nullptr && backend_ != context_.backends[place()]) {
    const auto lane = std::exchange(lane_, nullptr);  // channels live elsewhere since a reload
    lane->end();
    lose(refuse::backend_down(backend_->settings().name, "is no longer configured"));
  }
  if (lane_ != nullptr) {
    if (table_.empty() && lane_->idle()) std::exchange(lane_, nullptr)->end();
    return;
  }
  if (!why_down_ || now < again_at_) return;
  if (table_.empty()) {
    why_down_.reset();  // the next who asks will see
    return;
  }
  if (!connect()) again_at_ = now + backend_->settings().reconnect_max;
}

void Fanout::end() {
  if (lane_ != nullptr) std::exchange(lane_, nullptr)->end();
}

}  // namespace bulkhead::session
