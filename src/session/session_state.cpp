// The state of a session: who the client is, which snapshot it follows, when it ends.
#include "bulkhead/session/session.hpp"

#include <ctime>

namespace bulkhead::session {
namespace {

using metrics::ClientMode;
using metrics::Closed;

constexpr std::size_t kSmallRead = 1024;
constexpr std::int32_t kAllOfTurn = 1 << 30;
constexpr auto kIdleAfter = std::chrono::seconds(5);

}  // namespace

void Session::set_limits() {
  const config::Limits& limits = snapshot_->config.limits;
  limits_ = client_.tenant == nullptr
                ? resp::RequestLimits::before_auth()
                : resp::RequestLimits{limits.request_args, limits.request_bulk,
                                      limits.request_bytes, true};
  replies_.watch(limits.slowlog_slower_than,
                 [this](const RequestHead& head, Clock::duration took) { note_slow(head, took); });
}

void Session::note_slow(const RequestHead& head, Clock::duration took) {
  if (client_.tenant == nullptr) return;
  SlowEntry entry;
  entry.args = head.args();
  if (entry.args.empty()) return;  // an answer of the proxy's own that waited for its turn
  entry.id = context_.slow_commands++ * context_.peers->size() +
             static_cast<std::uint64_t>(context_.worker);
  entry.unix_time = std::time(nullptr);
  entry.microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  entry.address = client_.address;
  entry.name = client_.name;
  context_.slow_logs[client_.tenant->name].add(
      std::move(entry), static_cast<std::size_t>(snapshot_->config.limits.slowlog_max_len));
}

void Session::set_mode(ClientMode mode) {
  counters_->connections[static_cast<std::size_t>(mode_)].add(-1);
  mode_ = mode;
  counters_->connections[static_cast<std::size_t>(mode_)].add(1);
}

// Who the client is from now on; a null tenant: nobody.
void Session::identify(const tenant::User* user, const tenant::Tenant* tenant) {
  const metrics::TenantCounters* const before = counters_;
  account(0);  // until the end of this turn
  if (counters_ != nullptr)
    counters_->connections[static_cast<std::size_t>(mode_)].add(-1);
  else
    context_.counters.unauthenticated.add(-1);
  client_.user = user;
  client_.tenant = tenant;
  fenced_ = tenant != nullptr && tenant->is_fenced();
  fence_.reset();
  client_.selected_db = 0;
  if (tenant != nullptr && tenant->routing == config::Routing::by_select) {
    client_.selected_db = tenant->databases.empty() ? 0 : tenant->databases.front();
  }
  counters_ =
      tenant == nullptr ? nullptr : &context_.counters.tenant(numbers_->tenants[tenant->index]);
  replies_.count_for(counters_);
  share_ = counters_ == nullptr ? nullptr : &context_.shares[counters_];
  pay_as({counters_, tenant == nullptr ? 1 : tenant->weight});
  if (counters_ != nullptr) {
    counters_->connections[static_cast<std::size_t>(mode_)].add(1);
    if (counters_ != before) counters_->clients.add();
  } else {
    context_.counters.unauthenticated.add(1);
  }
  set_limits();
}

// Lets go of everything that is about this tenant's names.
void Session::leave_tenant() {
  if (client_.tenant == nullptr) return;
  drop_subscriptions();
  drop_tracking();
  end_monitoring();
  unpin();
}

// As if the client had just connected; what it is silent about is forgotten upstream, too.
void Session::drop_all_held() {
  transaction_.reset();
  leave_tenant();
  lost_.reset();
  client_.mode = tenant::Mode::ordinary;
}

void Session::reset() {
  drop_all_held();
  client_.resp3 = false;
  client_.name.clear();
  reply_mode_ = ReplyMode::on;
  identify(bound_user_, bound_tenant_);
}

// How many commands may be handled now. Clients without an identity have few, and no tenant whose
// share they could take.
std::int32_t Session::part_of_turn() {
  if (share_ == nullptr || snapshot_->config.limits.lane_in_flight == 0) return kAllOfTurn;
  if (share_->has_waiting() && !called_) return 0;
  return share_->part(context_.turn.number(), payer().weight);
}

void Session::line_up(TurnShare& share, bool served) {
  lined_up_ = &share;
  share.begin_wait();
  context_.turn.line_up(*this, served);
}

void Session::on_turn() {
  std::exchange(lined_up_, nullptr)->end_wait();
  if (closed_) return;
  called_ = true;
  process();
  called_ = false;
  context_.turn.dirty(*this);
}

metrics::FeatureCounters& Session::feature_counters(route::FeatureId feature) {
  return counters_->feature(numbers_->features[feature]);
}

// Moves to the snapshot in force, by name. False when the client's user is no longer in it.
bool Session::follow_snapshot() {
  const auto before = std::exchange(snapshot_, context_.snapshot);
  numbers_ = context_.numbers;
  const tenant::Directory& directory = snapshot_->directory;
  follow_bound(directory);
  if (client_.tenant == nullptr) return true;
  const tenant::User* user =
      client_.user == nullptr ? nullptr : directory.find_user(client_.user->name);
  const tenant::Tenant* tenant = client_.user == nullptr ? bound_tenant_
                                 : user == nullptr       ? nullptr
                                                         : user->tenant;
  const bool elsewhere = user != nullptr && !user->may_come_from(client_.source);
  if (tenant == nullptr || tenant->name != client_.tenant->name || elsewhere) {
    close(Closed::removed);
    client_.user = nullptr;
    client_.tenant = nullptr;
    return false;
  }
  if ((pinned_ != nullptr || subscriber_ != nullptr || target_ != nullptr) &&
      !keeps_names(*tenant, *before)) {
    close(Closed::removed);
    return false;
  }
  const int selected = client_.selected_db;
  identify(user, tenant);
  if (route::Router::may_select(*tenant, selected)) client_.selected_db = selected;
  return true;
}

void Session::reload() {
  const bool blocked = (holds_ & kBlocked) != 0 && replies_.size() == 1;
  const bool idle =
      (replies_.empty() || blocked) && replies_.output().empty() && !busy_ && !transaction_;
  if (!closed_ && idle && snapshot_ != context_.snapshot && fences_stand()) follow_snapshot();
}

// Called again and again until the client is gone. Who waits for something has a while longer.
void Session::drain() {
  if (closed_ || closing_) return;
  const Instant now = Clock::now();
  const bool blocked = (holds_ & kBlocked) != 0;
  const bool waits = blocked || transaction_ != nullptr || (holds_ & kWatching) != 0;
  if (waits && now < context_.drain->blocked_until) return;
  const bool listens = subscriber_ != nullptr || client_.mode == tenant::Mode::monitoring;
  if (listens && now < context_.drain->subscribed_until) return;
  finish(Closed::draining);
  if (blocked) end_wait();
}

// Closes when all replies have left.
void Session::finish(Closed why) {
  if (!closing_) closing_why_ = why;
  closing_ = true;
  // The rest of a long argument is not waited for.
  if ((holds_ & kPassing) != 0 && pinned_ != nullptr) pinned_->retire();
  context_.turn.dirty(*this);
}

void Session::tick(Instant now) {
  const config::Limits& limits = snapshot_->config.limits;
  if (client_.tenant == nullptr && now - client_.connected_at > limits.auth_timeout) {
    return close(Closed::auth_timeout);
  }
  if (subscriber_ != nullptr && subscriber_too_slow(now)) return close(Closed::slow_subscriber);
  if (!replies_.empty() || !replies_.output().empty() || subscriber_ != nullptr) return;
  if (client_.mode == tenant::Mode::monitoring) return;
  if (limits.idle_timeout.count() != 0 && now - client_.active_at > limits.idle_timeout) {
    return close(Closed::idle);
  }
  resume_reading();  // it may have stopped because the worker held too many bytes
  if (now - client_.active_at < kIdleAfter) return;
  if (counters_ != nullptr && mode_ == ClientMode::active) set_mode(ClientMode::idle);
  replies_.output().release();
  if (reading_ && reader_.input().empty() && reader_.input().capacity() > kSmallRead) {
    shrinking_ = true;
    stream_.cancel();
  }
  account();
}

void Session::account() {
  std::size_t now = reader_.held() + replies_.output().capacity() + replies_.held();
  now += behind_.capacity();
  if (transaction_ != nullptr) now += transaction_->bytes();
  account(now);
}

// To the worker, and to who is charged with it.
void Session::account(std::size_t now) {
  if (now == accounted_) return;
  const auto more = static_cast<std::int64_t>(now) - static_cast<std::int64_t>(accounted_);
  context_.budget.held += now - accounted_;
  (counters_ != nullptr ? counters_->buffered : context_.counters.unauthenticated_buffered)
      .add(more);
  accounted_ = now;
}

void Session::close(Closed why) {
  if (closed_) return;
  closed_ = true;
  const auto self = std::exchange(self_, nullptr);
  account(0);
  leave_tenant();
  // Counted first: who sees the connection closed may look at the counters at once.
  context_.counters.closed[static_cast<std::size_t>(why)].add();
  context_.counters.clients.add(-1);
  if (counters_ != nullptr)
    counters_->connections[static_cast<std::size_t>(mode_)].add(-1);
  else
    context_.counters.unauthenticated.add(-1);
  stream_.close();
  resume_lanes();
  replies_.release();
  unlink();
}

}  // namespace bulkhead::session
