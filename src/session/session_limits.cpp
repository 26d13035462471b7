// The limits of a session's tenant: whether a command, a connection or an argument is admitted now,
// has to wait, or is refused. Rates are drawn from the tenant's meter; what a command takes of them
// is drawn when it has been begun, so that one which waits for something else pays once.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/session/session.hpp"

#include <atomic>

namespace bulkhead::session {
namespace {

using metrics::Closed;

// A command that is larger than its tenant's limit is read to its end and refused; one that is
// larger by more than this ends the connection, as Redis does it.
constexpr std::size_t kReadBeyond = 1024 * 1024;

std::int64_t milliseconds_until(Instant when, Instant now) {
  const auto left = std::chrono::ceil<Milliseconds>(when - now).count();
  return std::max<std::int64_t>(1, left);
}

// A script that says so itself needs no memory, or may have it.
bool declares_frugality(std::string_view body) {
  if (!body.starts_with("#!")) return false;
  const std::string_view line = body.substr(0, body.find('\n'));
  return line.find("no-writes") != line.npos || line.find("allow-oom") != line.npos;
}

}  // namespace

// Called whenever it is another tenant's client, or the tenant has other limits.
void Session::change_meter() {
  meter_ = client_.tenant == nullptr ? nullptr : context_.meters->of(snapshot_, *client_.tenant);
  draws_ = 0;
  delayed_since_ = {};
  if (std::exchange(waits_, false)) {
    stalled_ = true;
    context_.turn.dirty(*this);
  }
  replies_.limit(meter_ == nullptr ? 0 : meter_->limits().reply_bytes);
  if (meter_ == nullptr) return;
  const config::TenantLimits& own = meter_->limits();
  if (own.request_bytes != 0) {
    limits_.request = std::min(limits_.request, own.request_bytes + kReadBeyond);
  }
  if (own.pipeline != 0 && own.on_limit == config::OnLimit::delay) {
    pipeline_ = std::min(pipeline_, own.pipeline);
  }
}

Session::Admission Session::admit(const request::Plan& plan, const resp::Args& args) {
  const config::TenantLimits& limits = meter_->limits();
  const command::Row* row = plan.row;
  draws_ = row == nullptr ? meter_->allowance().draws_of_any()
                          : meter_->allowance().draws(command::index_of(*row));
  // What ends a transaction, or has to do with identity, is counted and never refused.
  const bool exempt = row != nullptr &&
                      (row->has(command::kBeforeAuth) || (transaction_ != nullptr && !plan.queued));
  if (exempt) return Admission::go;
  if (limits.pipeline != 0 && limits.on_limit == config::OnLimit::refuse &&
      replies_.size() >= limits.pipeline) {
    refuse_limit(row, Limit::pipeline, refuse::max_pipelined());
    return Admission::refused;
  }
  if (const auto over = over_size(args)) {
    refuse_limit(row, over->first, over->second);
    return Admission::refused;
  }
  if (Tap* tap = meter_->dry(draws_, context_.turn.now())) return throttle(row, *tap);
  end_delay();
  if (row == nullptr || std::holds_alternative<Refusal>(plan.step)) return Admission::go;
  if (const auto over = over_quota(*row, args)) {
    refuse_limit(row, over->first, over->second);
    return Admission::refused;
  }
  if (limits.blocked_clients != 0 && std::holds_alternative<request::Block>(plan.step) &&
      !plan.queued &&
      context_.registry.blocked(numbers_->tenants[client_.tenant->index]) >=
          static_cast<std::int64_t>(limits.blocked_clients)) {
    refuse_limit(row, Limit::blocked_clients, refuse::max_blocked());
    return Admission::refused;
  }
  return Admission::go;
}

// A long argument that could not be admitted is read whole, and is then admitted or not.
Session::Admission Session::admit_passage(const request::Plan& plan) {
  const Instant now = context_.turn.now();
  draws_ = meter_->allowance().draws(command::index_of(*plan.row));
  if (Tap* tap = meter_->dry(draws_, now)) {
    return wait_for(meter_, *tap) ? Admission::wait : Admission::refused;
  }
  end_delay();
  if (over_quota(*plan.row, {})) return Admission::refused;
  return Admission::go;
}

// What a command has drawn is drawn.
void Session::charge() {
  meter_->draw(std::exchange(draws_, 0), reader_.length(), context_.turn.now());
}

std::optional<std::pair<Limit, Refusal>> Session::over_size(const resp::Args& args) const {
  const config::TenantLimits& limits = meter_->limits();
  const std::size_t length = reader_.length();
  if (limits.request_bytes != 0 && length > limits.request_bytes) {
    return std::pair(Limit::request_bytes, refuse::max_request_size());
  }
  if (limits.value_bytes == 0 || length <= limits.value_bytes) return std::nullopt;
  for (const resp::Slice& slice : args.slices()) {
    if (slice.length > limits.value_bytes) {
      return std::pair(Limit::value_bytes, refuse::max_value_size());
    }
  }
  return std::nullopt;
}

// Redis looks at the same flag. A script may write whatever it likes once it runs, so it is not
// begun, unless it is one that is read only or says that it needs no memory.
std::optional<std::pair<Limit, Refusal>> Session::over_quota(const command::Row& row,
                                                             const resp::Args& args) const {
  const std::uint8_t over = meter_->allowance().use().over.load(std::memory_order_relaxed);
  if (over == policy::KeyUse::within) return std::nullopt;
  const bool script = row.handling == command::Handling::script && row.takes_names();
  if ((row.flags & command::kDenyoom) == 0 && !script) return std::nullopt;
  if (script && (row.flags & command::kReadonly) != 0) return std::nullopt;
  if (row.action == command::Action::script_eval && declares_frugality(args[1])) {
    return std::nullopt;
  }
  return std::pair(over == policy::KeyUse::over_keys ? Limit::keys : Limit::memory,
                   refuse::out_of_memory());
}

// Has the client wait for the tap, unless that would take too long.
bool Session::wait_for(boost::intrusive_ptr<Meter> meter, Tap& tap) {
  const config::TenantLimits& limits = meter->limits();
  if (limits.on_limit != config::OnLimit::delay) return false;
  const Instant now = context_.turn.now();
  const Instant deadline = (delayed_since_ == Instant{} ? now : delayed_since_) + limits.max_delay;
  if (now >= deadline || tap.lease.retry_at() > deadline) return false;
  if (delayed_since_ == Instant{}) delayed_since_ = now;
  stalled_ = waits_ = true;
  context_.meters->await(std::move(meter), tap, *this, deadline);
  return true;
}

Session::Admission Session::throttle(const command::Row* row, Tap& tap) {
  if (wait_for(meter_, tap)) return Admission::wait;
  end_delay();
  const Instant now = context_.turn.now();
  refuse_limit(row, tap.limit, refuse::throttled(milliseconds_until(tap.lease.retry_at(), now)));
  return Admission::refused;
}

// The command goes on, or has waited in vain.
void Session::end_delay() {
  if (delayed_since_ == Instant{}) return;
  const Instant since = std::exchange(delayed_since_, Instant{});
  if (counters_ == nullptr) return;
  metrics::LimitCounters& counters = counters_->limits.get(0);
  const auto waited = context_.turn.now() - since;
  counters.delayed.add();
  counters.delayed_microseconds.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(waited).count()));
}

void Session::on_tokens() {
  if (closed_ || !std::exchange(waits_, false)) return;
  client_.active_at = context_.turn.now();
  process();
  context_.turn.dirty(*this);
}

void Session::refuse_limit(const command::Row* row, Limit limit, const Refusal& refusal) {
  draws_ = 0;
  if (counters_ != nullptr) counters_->count_limit(limit);
  if (transaction_ != nullptr) spoil_transaction(row);
  refuse(row, refusal);
}

// ---- Connections

// Why the client may not be one of this tenant's, among whom it is counted already. Counted first
// and compared then: of two workers that admit one each at the same time, one sees the other's.
std::optional<std::pair<Limit, Refusal>> Session::over_connections(const tenant::Tenant& tenant,
                                                                   Meter& meter) {
  const Instant now = context_.turn.now();
  Tap* const tap = meter.connections();
  if (tap != nullptr && !tap->lease.open(now)) {
    return std::pair(Limit::connections_per_second,
                     refuse::throttled(milliseconds_until(tap->lease.retry_at(), now)));
  }
  const auto most = static_cast<std::int64_t>(meter.limits().connections);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (most != 0 && context_.registry.connections(numbers_->tenants[tenant.index]) > most) {
    return std::pair(Limit::connections, refuse::max_clients());
  }
  if (tap != nullptr) tap->lease.spend(1, now);
  return std::nullopt;
}

// Whether the client may become one of this tenant's. Refused, `reply` says why.
Session::Admission Session::admit_connection(const tenant::Tenant& tenant, Buffer& reply) {
  const auto meter = context_.meters->of(snapshot_, tenant);
  if (meter == nullptr) return Admission::go;
  Tap* const tap = meter->connections();
  if (tap != nullptr && !tap->lease.open(context_.turn.now()) && wait_for(meter, *tap)) {
    return Admission::wait;
  }
  delayed_since_ = {};
  metrics::TenantCounters& counters = context_.counters.tenant(numbers_->tenants[tenant.index]);
  metrics::Gauge& connections = counters.connections[static_cast<std::size_t>(mode_)];
  connections.add(1);
  const auto over = over_connections(tenant, *meter);
  connections.add(-1);  // identify() counts it, before any other client of this worker comes
  if (!over) return Admission::go;
  counters.count_limit(over->first);
  counters.refusals[static_cast<std::size_t>(over->second.reason)].add();
  reply.clear();
  resp::ReplyWriter(reply, false).error(over->second);
  return Admission::refused;
}

// A client whose listener says whose it is: it is told at once, and not delayed.
void Session::admit_bound() {
  const auto over = over_connections(*client_.tenant, *meter_);
  if (!over) return;
  refuse_limit(nullptr, over->first, over->second);
  finish(Closed::limit);
}

// ---- Arguments that are too long: they are not kept while they arrive.

bool Session::begin_swallowing() {
  const config::TenantLimits& limits = meter_->limits();
  const std::size_t whole = reader_.input().size() + reader_.missing();
  const bool too_large = limits.request_bytes != 0 && whole > limits.request_bytes;
  const bool may_be = limits.value_bytes != 0 && whole > limits.value_bytes;
  if (!too_large && !may_be) return false;
  const auto found = reader_.long_argument(1);
  if (!found || (!too_large && found->length <= limits.value_bytes)) return false;
  reader_.pass_on_argument();
  swallowing_ = limits.value_bytes != 0 && found->length > limits.value_bytes
                    ? Limit::value_bytes
                    : Limit::request_bytes;
  return true;
}

bool Session::swallow() {
  const std::size_t bytes = reader_.passing().size();
  if (bytes == 0) return false;
  reader_.passed(bytes);
  if (meter_ != nullptr) meter_->draw_bytes(bytes, context_.turn.now());
  return true;
}

// What has come of the argument is not it: the command is refused whatever it is.
bool Session::end_swallowing(const resp::Args& args) {
  const Limit limit = *std::exchange(swallowing_, std::nullopt);
  const auto row = command::find_row(args);
  refuse_limit(row ? *row : nullptr, limit,
               limit == Limit::value_bytes ? refuse::max_value_size() : refuse::max_request_size());
  return true;
}

// ---- Replies

void Session::note_too_long(bool cut) {
  counters_->count_limit(Limit::reply_bytes);
  counters_->refusals[static_cast<std::size_t>(Reason::limit)].add();
  if (cut) close(Closed::limit);
}

}  // namespace bulkhead::session
