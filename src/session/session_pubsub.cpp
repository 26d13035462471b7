// Subscriptions, as a session carries them out. With `pubsub: exact` they are held on a pinned lane
// of the client's own, with `fanout` on the connection that a worker's subscribers share.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/session/fanout.hpp"
#include "bulkhead/session/session.hpp"

namespace bulkhead::session {
namespace {

using command::NameKind;
using metrics::ClientMode;
using metrics::Closed;
using request::Told;
using rewrite::ChannelKind;

ChannelKind kind_of(const command::Row& row) {
  switch (row.names[0].kind) {
    case NameKind::channel_pattern:
      return ChannelKind::pattern;
    case NameKind::sharded_channel:
      return ChannelKind::sharded;
    default:
      return ChannelKind::channel;
  }
}

constexpr std::array kKinds = {ChannelKind::channel, ChannelKind::pattern, ChannelKind::sharded};

}  // namespace

// ---- Changes

// Has the connection that subscriptions are held on ready, and room for more of them.
Result<void> Session::may_subscribe(std::size_t more) {
  const config::Limits& limits = snapshot_->config.limits;
  const std::size_t own = client_.tenant->limits->subscriptions;
  const auto of_tenant = static_cast<std::size_t>(
      context_.registry.subscriptions(numbers_->tenants[client_.tenant->index]));
  if (subscriber_->book.total() + more > limits.subscriptions ||
      of_tenant + more > (own != 0 ? own : limits.tenant_subscriptions)) {
    counters_->count_limit(Limit::subscriptions);
    return refuse::max_subscriptions();
  }
  if (subscriber_->shares) {
    if (auto down = context_.fanout->down()) return *down;
    return {};
  }
  const route::Place place = snapshot_->router.channels().place;
  const auto& backend = context_.backends[place.backend];
  if ((holds_ & kSubscribed) == 0) return pin(backend, place.db);
  if (pinned_to_ != backend) return refuse::cross_db();
  return {};
}

// False when the command has to wait for the client's earlier ones.
bool Session::change_subscriptions(const command::Row& row, const resp::Args& args,
                                   bool subscribe) {
  const bool shares = client_.tenant->pubsub == config::Pubsub::fanout;
  if (subscribe && !shares && pinned_ == nullptr && !replies_.empty()) return false;
  if (subscriber_ == nullptr) subscriber_ = std::make_unique<Subscriber>(Subscriber{{}, shares});
  request::SubscriptionBook& book = subscriber_->book;
  const ChannelKind kind = kind_of(row);
  request::SubscriptionChange change{kind, subscribe, {}, {}};
  if (subscribe) {
    std::optional<Refusal> refusal;
    if (auto may = may_subscribe(args.size() - 1); !may) refusal = may.error();
    if (!refusal) {
      auto made = book.subscribe(tenant_view(), kind, args, client_.resp3);
      if (made)
        change = std::move(*made);
      else
        refusal = made.error();
    }
    if (refusal) {
      note_subscriptions();
      refuse(&row, *refusal);
      return true;
    }
  } else {
    change = book.unsubscribe(tenant_view(), kind, args, client_.resp3);
  }
  metrics::FeatureCounters& counters = feature_counters(snapshot_->router.default_feature());
  counters.commands.add();
  counters.received_bytes.add(reader_.length());
  context_.counters.commands_by_row[command::index_of(row)].add();
  takes_silence();  // acknowledgements are pushes, and CLIENT REPLY does not hold them back
  send_change(replies_.open(&row, &counters, context_.turn.now(), false), change);
  note_subscriptions();
  context_.turn.dirty(*this);
  return true;
}

void Session::send_change(Ticket ticket, const request::SubscriptionChange& change) {
  if (change.upstream.empty()) {
    check(replies_.answer(ticket, change.answer.view(), client_.tenant, context_.turn.now()));
    return;
  }
  subscriber_->tickets.push_back(ticket);
  if (subscriber_->shares) return context_.fanout->change(*this, ticket, change);
  holds_ |= kSubscribed;
  pin_spoilt_ = true;
  const auto names = static_cast<std::uint32_t>(change.upstream.size());
  const auto command = rewrite::subscribing_command(change.kind, change.subscribe, change.upstream);
  if (pinned_->subscribe(command, names, ticket)) return;
  on_lost(ticket, pinned_->down());
  finish(Closed::failed);
}

void Session::on_acknowledged(Ticket ticket) {
  on_changed(ticket);
}

void Session::on_changed(Ticket ticket) {
  if (closed_ || subscriber_ == nullptr) return;
  subscriber_->tickets.pop_front();
  const Buffer answer = subscriber_->book.acknowledge();
  check(replies_.answer(ticket, answer.view(), client_.tenant, context_.turn.now()));
  note_subscriptions();
  context_.turn.dirty(*this);
}

void Session::on_change_lost(Ticket ticket, const Refusal& why) {
  on_lost(ticket, why);
  finish(Closed::failed);
}

// What follows from the subscriptions as they are now. They may have ended while a change was sent:
// a shared connection has the answer at once.
void Session::note_subscriptions() {
  if (subscriber_ == nullptr) return;
  const request::SubscriptionBook& book = subscriber_->book;
  for (ChannelKind kind : kKinds) {
    client_.subscriptions[static_cast<std::size_t>(kind)] = book.count(kind);
  }
  counters_->subscriptions.add(static_cast<std::int64_t>(book.total()) -
                               static_cast<std::int64_t>(subscriber_->counted));
  subscriber_->counted = book.total();
  using tenant::Mode;
  if (client_.mode == Mode::ordinary || client_.mode == Mode::subscribed) {
    client_.mode = book.empty() || client_.resp3 ? Mode::ordinary : Mode::subscribed;
  }
  const ClientMode mode = book.empty() ? ClientMode::active : ClientMode::subscribed;
  if (mode_ != ClientMode::blocked && mode_ != mode) set_mode(mode);
  if (!book.idle()) return;
  let_go(kSubscribed);
  subscriber_.reset();
}

// The client is told nothing of it: it leaves, or begins anew.
void Session::drop_subscriptions() {
  if (subscriber_ == nullptr) return;
  const auto gone = std::exchange(subscriber_, nullptr);
  counters_->subscriptions.add(-static_cast<std::int64_t>(gone->counted));
  client_.subscriptions = {};
  if (client_.mode == tenant::Mode::subscribed) client_.mode = tenant::Mode::ordinary;
  if (mode_ == ClientMode::subscribed) set_mode(ClientMode::active);
  let_go(kSubscribed);
  if (!gone->shares) return unpin();
  const std::string_view nothing = "";
  const resp::Slice word{0, 0};
  const resp::Args without_names(nothing.data(), std::span(&word, 1));
  for (ChannelKind kind : kKinds) {
    context_.fanout->drop(*this, gone->book.unsubscribe(tenant_view(), kind, without_names, false));
  }
}

// ---- Messages

void Session::on_push(std::string_view bytes) {
  if (closed_) return;
  if (const auto told = resp::read_invalidation(bytes)) return tell_invalidation(*told);
  if (subscriber_ == nullptr) return;
  if (const auto message = resp::read_message(bytes)) on_message(*message, nullptr);
}

void Session::on_message(const resp::PubsubMessage& message, Written* written) {
  if (closed_ || subscriber_ == nullptr || subscriber_->too_slow) return;
  Buffer own;
  Buffer& out = written == nullptr ? own : (*written)[client_.resp3 ? 1 : 0];
  if (out.empty()) {
    const Told told = subscriber_->book.tell(tenant_view(), message, client_.resp3, out);
    if (told == Told::foreign) check(ReplyQueue::Outcome::withheld);
    if (told != Told::told) return;
  }
  pass_on(out.view());
}

void Session::pass_on(std::string_view message) {
  replies_.push(message);
  counters_->messages.add();
  context_.turn.dirty(*this);
  if (subscriber_too_slow(context_.turn.now())) subscriber_->too_slow = true;
}

bool Session::subscriber_too_slow(Instant now) {
  const std::size_t waiting = replies_.output().size() + replies_.held();
  const bool slow =
      subscriber_->watch.too_slow(waiting, snapshot_->config.limits, context_.over_budget(), now);
  if (!slow || subscriber_->too_slow) return slow;
  counters_->slow_subscribers.add();
  context_.log.warning(
      "slow_subscriber_closed",
      {{"tenant", client_.tenant->name}, {"client", client_.address}, {"waiting_bytes", waiting}});
  return true;
}

}  // namespace bulkhead::session
