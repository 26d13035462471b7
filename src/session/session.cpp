#include "bulkhead/session/session.hpp"

#include "available.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/session/conversations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace bulkhead::session {
namespace {

using metrics::ClientMode;
using metrics::Closed;

constexpr std::size_t kSmallRead = 1024;
constexpr std::size_t kLargeRead = 64 * 1024;
constexpr std::size_t kMostAtOnce = 256 * 1024;
constexpr std::size_t kLargeCommand = 2048;  // takes as long as two small ones

}  // namespace

Session::Session(Context& context, upstream::Stream stream, tenant::ClientState client)
    : context_(context),
      snapshot_(context.snapshot),
      numbers_(context.numbers),
      stream_(std::move(stream)),
      client_(std::move(client)),
      bound_user_(client_.user),
      bound_tenant_(client_.tenant),
      read_size_(kSmallRead) {
  context_.counters.clients.add(1);
  context_.counters.unauthenticated.add(1);
  client_.user = nullptr;
  client_.tenant = nullptr;
  set_limits();
  if (bound_tenant_ != nullptr) identify_by_connection();
}

Session::~Session() = default;

void Session::start() {
  self_ = this;
  client_.active_at = context_.turn.now();
  if (client_.connected_at == Instant{}) client_.connected_at = client_.active_at;
  resume_reading();
}

// ---- Reading

bool Session::may_read() const {
  return !closed_ && !closing_ && !ended_ && !stalled_ && !busy_ && !lane_full_ &&
         !context_.over_budget() &&
         // A blocked client is read only to see it go.
         ((holds_ & kBlocked) == 0 || reader_.input().size() < kLargeRead);
}

void Session::resume_reading() {
  if (reading_ || !may_read()) return;
  reading_ = true;
  asio::co_spawn(
      context_.io, [self = boost::intrusive_ptr<Session>(this)] { return self->read_loop(); },
      asio::detached);
}

// Until bytes have come, or the client has gone. No read is under way meanwhile: the command that
// ends the block lets the next ones be taken from the buffer into which it would go.
Awaitable<error_code> Session::read_while_blocked() {
  auto [failed] = co_await stream_.async_wait(Socket::wait_read, kAwait);
  if (failed || !may_read()) co_return failed;
  error_code error;
  char* const to = reader_.input().prepare(kSmallRead);
  reader_.input().commit(stream_.read_some(asio::buffer(to, kSmallRead), error));
  co_return error == asio::error::would_block ? error_code() : error;
}

Awaitable<void> Session::read_loop() {
  while (may_read()) {
    if ((holds_ & kBlocked) != 0) {
      if (!take(co_await read_while_blocked())) break;
      continue;
    }
    const std::size_t wanted = std::clamp(reader_.missing(), read_size_, kMostAtOnce);
    char* const to = reader_.input().prepare(wanted);
    const std::size_t room = reader_.input().room();
    auto [error, n] = co_await stream_.async_read_some(asio::buffer(to, room), kAwait);
    if (closed_) co_return;
    if (std::exchange(shrinking_, false) && error == asio::error::operation_aborted) {
      reader_.shrink();
      read_size_ = kSmallRead;
      account();
      continue;
    }
    reader_.input().commit(n);
    if (n == room) read_size_ = std::min(read_size_ * 2, kLargeRead);
    if (!take(error)) break;
  }
  reading_ = false;
}

// What has been read, or that there is no more. False when nothing else is to be read.
bool Session::take(error_code error) {
  if (closed_) return false;
  if (error) {
    // Replies that are owed are still sent: `printf ... | nc` ends its side first.
    ended_ = true;
    if (error == asio::error::eof && (holds_ & kBlocked) == 0)
      finish(Closed::by_client);
    else
      close(Closed::by_client);
    return false;
  }
  client_.active_at = context_.turn.now();
  if (counters_ != nullptr && mode_ == ClientMode::idle) set_mode(ClientMode::active);
  process();
  context_.turn.dirty(*this);
  return true;
}

// ---- Commands

bool Session::room_for_more() {
  const config::Limits& limits = snapshot_->config.limits;
  return replies_.size() < limits.pipeline && replies_.output().size() < limits.client_output_soft;
}

// Handles what has been read, as much of it as the client may in this turn.
void Session::process() {
  if (processing_ || lined_up_ != nullptr) return;
  processing_ = true;
  stalled_ = false;
  TurnShare* const share = share_;
  const std::int32_t most = part_of_turn();
  const std::int32_t left = handle_commands(most);
  if (share != nullptr) share->take(most - left);
  if (left <= 0 && stalled_) line_up(*share, most != 0);
  processing_ = false;
}

// At most so many commands, larger ones counting as several; how many are left of them.
std::int32_t Session::handle_commands(std::int32_t left) {
  while (!closed_ && !closing_ && !busy_ && !lane_full_ && (holds_ & kBlocked) == 0) {
    const auto progress = reader_.next(limits_);
    if (progress == resp::RequestReader::Progress::incomplete) {
      if (pass_on()) continue;
      break;
    }
    if (progress == resp::RequestReader::Progress::malformed) {
      refuse(nullptr, reader_.refusal());
      finish(Closed::protocol);
      break;
    }
    stalled_ = left <= 0 || !room_for_more() || !handle(reader_.args());
    if (stalled_) break;
    left -= 1 + static_cast<std::int32_t>(reader_.length() / kLargeCommand);
    shown_ = false;
    if (!busy_) forget_caching();
    if (!busy_ && !closed_) reader_.drop();
  }
  return left;
}

// False when the command has to wait for the client's earlier ones.
bool Session::handle(const resp::Args& args) {
  if ((holds_ & kPassing) != 0) return end_passage(args);
  if (crossing_ && !replies_.empty()) return false;
  crossing_ = false;
  if (snapshot_ != context_.snapshot && transaction_ == nullptr) {
    if (!replies_.empty() || !fences_stand()) return false;
    if (!follow_snapshot()) return true;
  }
  if (lost_) {
    refuse(nullptr, *std::exchange(lost_, std::nullopt));
    finish(Closed::failed);
    return true;
  }
  const bool queueing = transaction_ != nullptr;
  request::Plan plan =
      request::plan(queueing ? *transaction_->snapshot() : *snapshot_,
                    queueing ? transaction_->client() : client_, args, context_.scratch);
  if (plan.row != nullptr) client_.last_command = plan.row->name;
  carried_ = plan.row;
  if (plan.queued) {
    queue(plan, args);
    return true;
  }
  if (context_.is_watched(plan.row) && !shown_ && !std::holds_alternative<Refusal>(plan.step)) {
    shown_ = true;
    audit(*plan.row, false);
    show(*plan.row, args);
  }
  if (auto* forwarded = std::get_if<request::Forward>(&plan.step)) {
    // A value must not be held back while it is told to be stale.
    if (client_.tracking && context_.backends[forwarded->route.place.backend] != pinned_to_) {
      forwarded->crosses = true;
    }
    outside_ = must_leave_fence(*plan.row, args);
    forwarded->crosses = forwarded->crosses || outside_;
    // It takes another lane, see lane_for().
    const bool watching = (holds_ & kWatching) != 0;
    if (watching && !forwarded->command.following().empty()) forwarded->crosses = true;
    if (forwarded->crosses && !replies_.empty()) return false;
    crossing_ = forwarded->crosses;
    forward(*plan.row, *forwarded);
    return true;
  }
  if (const auto* refusal = std::get_if<Refusal>(&plan.step)) {
    if (queueing) spoil_transaction(plan.row);
    refuse(plan.row, *refusal);
    return true;
  }
  const upstream::Facts& facts = context_.backends.front()->facts();
  if (!is_available(facts, *plan.row)) {
    refuse(nullptr, missing_in_backend(facts, *plan.row, args));
    return true;
  }
  if (auto* blocking = std::get_if<request::Block>(&plan.step)) return block(*plan.row, *blocking);
  if (std::holds_alternative<request::Hold>(plan.step)) return hold(*plan.row, args);
  const bool local = std::holds_alternative<request::Answer>(plan.step);
  if (!replies_.empty() && (!local || plan.row->has(command::kStateful))) return false;
  if (local)
    answer(*plan.row, args);
  else
    converse(*plan.row, args, std::holds_alternative<request::Split>(plan.step));
  return true;
}

bool Session::takes_silence() {
  if (reply_mode_ == ReplyMode::skip_next) {
    reply_mode_ = ReplyMode::on;
    return true;
  }
  return reply_mode_ == ReplyMode::off;
}

void Session::reply_with(const command::Row* row, std::string_view bytes) {
  const Instant now = context_.turn.now();
  const Ticket ticket = replies_.open(row, nullptr, now, takes_silence());
  check(replies_.answer(ticket, bytes, client_.tenant, now));
  context_.turn.dirty(*this);
}

void Session::refuse(const command::Row* row, const Refusal& refusal) {
  const auto reason = static_cast<std::size_t>(refusal.reason);
  if (counters_ == nullptr) {
    context_.counters.anonymous_refusals[reason].add();
  } else {
    counters_->refusals[reason].add();
    if (row != nullptr) counters_->reject(command::index_of(*row));
    const bool denied =
        refusal.reason == Reason::not_permitted || refusal.reason == Reason::not_supported;
    if (row != nullptr) audit_refusal(*row, refusal);
    if (denied && row != nullptr) {
      counters_->deny(command::index_of(*row));
      context_.log.info("command_denied", {{"tenant", client_.tenant->name},
                                           {"user", client_.user ? client_.user->name : ""},
                                           {"command", row->name},
                                           {"client", client_.address}});
    }
  }
  Buffer reply;
  resp::ReplyWriter(reply, client_.resp3).error(refusal);
  reply_with(nullptr, reply.view());
}

void Session::forward(const command::Row& row, request::Forward& forward) {
  metrics::FeatureCounters& counters = feature_counters(forward.route.feature);
  counters.commands.add();
  counters.received_bytes.add(reader_.length());
  context_.counters.commands_by_row[command::index_of(row)].add();
  if (const auto* expiries = forward.command.expiries()) {
    counters.ttl_missing.add(expiries->missing);
  }
  const route::Place place = forward.route.place;
  upstream::Lane& lane =
      outside_ ? context_.backends[place.backend]->lane(place.db, client_.resp3, client_.id)
               : lane_for(forward.command, place);
  const Ticket ticket = replies_.open(&row, &counters, context_.turn.now(), takes_silence());
  replies_.keep_head(reader_.raw());
  if (snapshot_->router.misses(forward.route.feature)) expect_miss(row);
  if (!lane.submit(forward.command, *this, ticket)) return on_lost(ticket, lane.down());
  if (lane.congested(*this)) {
    lane_full_ = true;
    lane.await_room(*this);
  }
}

void Session::answer(const command::Row& row, const resp::Args& args) {
  context_.counters.commands_by_row[command::index_of(row)].add();
  Effects effects;
  Question question{row,
                    args,
                    client_,
                    *snapshot_,
                    context_.backends.front()->facts(),
                    effects,
                    &context_.guard,
                    context_.turn.now()};
  auto reply = std::make_shared<Buffer>();
  answer_for(row.action)(question, *reply);
  if (effects.reset) reset();
  if (effects.identity) {
    if ((*effects.identity)->tenant != client_.tenant) drop_all_held();
    identify(*effects.identity, (*effects.identity)->tenant);
    client_.proof = "password";
  }
  if (effects.attempt) note_attempt(*effects.attempt);
  note_subscriptions();  // the protocol may be another now
  speak();
  if (effects.attempt && effects.attempt->failed()) {
    late_ = replies_.open(&row, nullptr, context_.turn.now(), false);
    busy_ = true;
    asio::co_spawn(
        context_.io,
        [self = boost::intrusive_ptr<Session>(this), reply, delay = delay_after(*effects.attempt)] {
          return self->wait_and_finish(delay, reply);
        },
        asio::detached);
    return;
  }
  // OFF and SKIP take effect before their own reply, which is therefore not sent; ON is answered.
  if (effects.reply_mode) reply_mode_ = *effects.reply_mode;
  if (effects.reply_mode && *effects.reply_mode != ReplyMode::on) return;
  reply_with(&row, reply->view());
  if (effects.close) finish(Closed::by_client);
}

// ---- Answers that take time. The command stays in the reader, and nothing else is read, until
// finish_late().

void Session::begin_late(const command::Row& row, metrics::FeatureCounters* counters) {
  context_.counters.commands_by_row[command::index_of(row)].add();
  late_ = replies_.open(&row, counters, context_.turn.now(), takes_silence());
  replies_.keep_head(reader_.raw());
  busy_ = true;
}

Awaitable<void> Session::wait_and_finish(Milliseconds delay, std::shared_ptr<Buffer> reply) {
  Timer timer(context_.io.get_executor(), delay);
  co_await timer.async_wait(kAwait);
  if (closed_) co_return;
  finish_late(reply->view());
}

void Session::converse(const command::Row& row, const resp::Args& args, bool split) {
  metrics::FeatureCounters& counters = feature_counters(snapshot_->router.default_feature());
  counters.commands.add();
  counters.received_bytes.add(reader_.length());
  begin_late(row, &counters);
  asio::co_spawn(
      context_.io,
      [self = boost::intrusive_ptr<Session>(this), &row, args, split] {
        return self->conversation(row, args, split);
      },
      asio::detached);
}

Awaitable<void> Session::conversation(const command::Row& row, resp::Args args, bool split) {
  Buffer out;
  const auto snapshot = snapshot_;  // outlives a reload
  Conversation talk{context_, *snapshot, client_, row, args, out, *counters_};
  if ((holds_ & kWatching) != 0) {
    talk.way_of_runs = [this](const auto& backend, int db) -> upstream::Lane& {
      return shared_lane_to(backend, db);
    };
  }
  if (pinned_ != nullptr || fenced_) {
    talk.way = [this](const auto& backend, int db) -> upstream::Lane& {
      return lane_to(backend, db);
    };
  }
  co_await (split ? split_command : conversation_for(row.action))(talk);
  if (closed_) co_return;
  if (talk.close_after) finish(Closed::killed);
  finish_late(out.view());
}

void Session::finish_late(std::string_view reply) {
  check(replies_.answer(late_, reply, client_.tenant, context_.turn.now()));
  busy_ = false;
  if (closed_) return;
  replies_.push(behind_.view());
  behind_.clear();
  forget_caching();
  context_.turn.dirty(*this);
  if (processing_) return;  // it was over before it had to wait: process() goes on
  reader_.drop();
  process();
  context_.turn.dirty(*this);
}

}  // namespace bulkhead::session
