// What a session holds upstream: a pinned lane, and why. While it has one, all its commands take
// it, so that their order needs no care; it is given back when nothing holds it and every reply has
// come.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/session/session.hpp"
#include "bulkhead/upstream/call.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <string>
#include <vector>

namespace bulkhead::session {
namespace {

using command::Action;
using metrics::ClientMode;
using metrics::Closed;

}  // namespace

upstream::Lane& Session::lane_to(const std::shared_ptr<upstream::Backend>& backend, int db) {
  if (pinned_ == nullptr || backend != pinned_to_) {
    return shared_lane_to(backend, db);
  }
  head_for(db);
  return *pinned_;
}

// What goes with others behind it goes as a transaction, which would be the end of what is watched:
// it does not take the client's own lane then.
upstream::Lane& Session::lane_for(const rewrite::TenantCommand& command, route::Place place) {
  const auto& backend = context_.backends[place.backend];
  const bool watching = (holds_ & kWatching) != 0;
  if (watching && !command.following().empty()) {
    return shared_lane_to(backend, place.db);
  }
  return lane_to(backend, place.db);
}

Result<void> Session::may_pin() const {
  const auto limit = static_cast<std::int64_t>(snapshot_->config.limits.pinned);
  if (context_.registry.pinned(numbers_->tenants[client_.tenant->index]) < limit) return {};
  return refuse::max_pinned();
}

// Called when every earlier command has been answered.
Result<void> Session::pin(const std::shared_ptr<upstream::Backend>& backend, int db) {
  if (pinned_ != nullptr) {
    if (pinned_to_ != backend) return refuse::cross_db();
    pinned_->go_to(db, client_.resp3);
    return {};
  }
  if (backend->shut()) return backend->refusal();
  if (auto may = may_pin(); !may) return may;
  pinned_ = backend->pinned().lease(db, client_.resp3, *this, its_fence(backend));
  if (pinned_ == nullptr) return refuse::backend_down(backend->settings().name, "is being removed");
  pinned_to_ = backend;
  counters_->pinned.add(1);
  return {};
}

// A lane with nothing but watched keys is soon clean; one with anything else is closed, and Redis
// forgets what was held.
void Session::unpin() {
  if (pinned_ == nullptr) return;
  const bool spoilt = std::exchange(pin_spoilt_, false);
  const bool clean = !spoilt && (holds_ & ~kWatching) == 0 && replies_.empty();
  if (clean) forget_watched();
  holds_ = 0;
  counters_->pinned.add(-1);
  auto lane = std::exchange(pinned_, nullptr);
  const auto backend = std::exchange(pinned_to_, nullptr);
  if (clean)
    backend->pinned().give_back(std::move(lane));
  else
    lane->end();
}

void Session::let_go(Hold hold) {
  holds_ &= static_cast<std::uint8_t>(~hold);
}

bool Session::hold(const command::Row& row, const resp::Args& args) {
  switch (row.action) {
    case Action::multi:
      begin_transaction(row);
      return true;
    case Action::discard:
      discard(row);
      return true;
    case Action::exec:
      return exec(row);
    case Action::watch:
      return watch(row, args);
    case Action::unwatch:
      unwatch(row);
      return true;
    case Action::subscribe:
      return change_subscriptions(row, args, true);
    case Action::unsubscribe:
      return change_subscriptions(row, args, false);
    case Action::client_tracking:
      return track(row, args);
    case Action::monitor:
      return begin_monitoring(row);
    default:
      refuse(&row, refuse::not_supported(row.name));
      return true;
  }
}

// ---- Watched keys

bool Session::watch(const command::Row& row, const resp::Args& args) {
  if (transaction_ != nullptr) {
    refuse(&row, refuse::watch_inside_multi());
    return true;
  }
  if (!replies_.empty()) return false;
  auto parts = request::split(client_, *snapshot_, args, context_.scratch);
  const std::uint16_t backend = parts.front().route.place.backend;
  for (const request::Part& part : parts) {
    if (part.route.place.backend == backend) continue;
    refuse(&row, refuse::cross_db());
    return true;
  }
  if (auto pinned = pin(context_.backends[backend], parts.front().route.place.db); !pinned) {
    refuse(&row, pinned.error());
    return true;
  }
  holds_ |= kWatching;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    pinned_->go_to(parts[i].route.place.db, client_.resp3);
    const auto command = request::command_of(parts[i], row, *client_.tenant, args);
    if (i + 1 == parts.size()) {
      submit_pinned(row, command, feature_counters(parts[i].route.feature));
    } else {
      rewrite::Batch earlier;
      earlier.add(command);
      pinned_->submit_quietly(earlier);
    }
  }
  return true;
}

void Session::forget_watched() {
  if ((holds_ & kWatching) == 0) return;
  rewrite::Batch forget;
  forget.unwatch();
  pinned_->submit_quietly(forget);
  let_go(kWatching);
}

void Session::unwatch(const command::Row& row) {
  forget_watched();
  reply_with(&row, "+OK\r\n");
}

// ---- Blocking commands

void Session::submit_pinned(const command::Row& row, const rewrite::TenantCommand& command,
                            metrics::FeatureCounters& counters, upstream::Patience patience) {
  counters.commands.add();
  counters.received_bytes.add(reader_.length());
  context_.counters.commands_by_row[command::index_of(row)].add();
  const Ticket ticket = replies_.open(&row, &counters, context_.turn.now(), takes_silence());
  replies_.keep_head(reader_.raw());
  if (!pinned_->submit(command, *this, ticket, patience)) return on_lost(ticket, pinned_->down());
  blocking_ = ticket;
}

bool Session::block(const command::Row& row, request::Block& block) {
  if (!replies_.empty()) return false;
  const route::Place place = block.route.place;
  if (auto pinned = pin(context_.backends[place.backend], place.db); !pinned) {
    refuse(&row, pinned.error());
    return true;
  }
  if (row.has(command::kCountsWrites)) {
    // Redis counts from the last write of the connection, and takes what was written by anybody
    // before its last command for that (src/server.c, processCommand: c->woff).
    rewrite::Batch ping;
    ping.ping();
    pinned_->submit_quietly(ping);
  }
  head_for(place.db);
  // Inside a transaction it would not block. Redis carries out what is behind it when it has served
  // it, and before it writes its log.
  rewrite::Batch behind;
  behind.follow(block.command);
  block.command.expire_no_more();
  submit_pinned(row, block.command, feature_counters(block.route.feature), block.patience);
  if (closed_ || replies_.empty()) return true;
  pinned_->submit_quietly(behind);
  replies_.leave_untimed(blocking_);
  holds_ |= kBlocked;
  client_.blocked = true;
  set_mode(ClientMode::blocked);
  return true;
}

// The reply has come: the client's next commands are begun.
void Session::end_block() {
  let_go(kBlocked);
  client_.blocked = false;
  set_mode(subscriber_ == nullptr ? ClientMode::active : ClientMode::subscribed);
  client_.active_at = context_.turn.now();
  stalled_ = true;
  context_.turn.dirty(*this);
}

const upstream::PinnedLane* Session::unblock() {
  if ((holds_ & kBlocked) == 0 || pinned_ == nullptr) return nullptr;
  pin_spoilt_ = true;  // the request may come late, when another client would be blocked there
  return pinned_.get();
}

// The process ends: the backend is asked to end the wait as if its time were over, so that an
// element which comes in this moment is not lost.
void Session::end_wait() {
  if (pinned_ == nullptr || pinned_->upstream_id() == 0) return close(Closed::draining);
  pin_spoilt_ = true;
  asio::co_spawn(
      context_.io,
      [self = boost::intrusive_ptr<Session>(this), id = pinned_->upstream_id()] {
        return self->ask_to_unblock(id);
      },
      asio::detached);
}

Awaitable<void> Session::ask_to_unblock(std::int64_t upstream_id) {
  const std::string id = std::to_string(upstream_id);
  const std::vector<rewrite::Word> words = {{"CLIENT"}, {"UNBLOCK"}, {id}, {"TIMEOUT"}};
  const boost::intrusive_ptr<upstream::Call> call(new upstream::Call(context_.io, 4096));
  call->send(pinned_to_->own_lane(), rewrite::own_command(*client_.tenant, 0, words));
  const auto reply = co_await call->reply();
  if (closed_) co_return;
  if (!reply || (*reply)[0] == '-') close(Closed::draining);
}

// ---- What comes of itself

void Session::on_pinned_lost(const Refusal& why) {
  const bool only_watching = holds_ == kWatching && replies_.empty();
  pinned_.reset();
  pinned_to_.reset();
  pin_spoilt_ = false;
  holds_ = 0;
  counters_->pinned.add(-1);
  drop_subscriptions();
  drop_tracking();
  if (closed_) return;
  if (only_watching)
    lost_ = why;
  else
    finish(Closed::failed);
}

// Whether what it holds upstream means the same under the tenant's new definition.
bool Session::keeps_names(const tenant::Tenant& after, const request::Snapshot& before) const {
  const tenant::Tenant* was = before.directory.find_tenant(after.name);
  if (was == nullptr || was->prefix_mode != after.prefix_mode ||
      was->prefixes.size() != after.prefixes.size()) {
    return false;
  }
  // Where keyspace events come from.
  const bool same_places = was->routing == after.routing && was->databases == after.databases &&
                           before.config.features == snapshot_->config.features;
  if (subscriber_ != nullptr && !same_places) return false;
  for (std::size_t i = 0; i < after.prefixes.size(); ++i) {
    if (was->prefixes[i].plain != after.prefixes[i].plain) return false;
  }
  return true;
}

}  // namespace bulkhead::session
