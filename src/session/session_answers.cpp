// Commands that the proxy answers itself, at once or by a conversation, as a session carries them
// out.
#include "bulkhead/session/conversations.hpp"
#include "bulkhead/session/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace bulkhead::session {
namespace {

using metrics::Closed;

}  // namespace

// False when a client has to wait until it may become a tenant's.
bool Session::answer(const command::Row& row, const resp::Args& args) {
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
  if (effects.identity && (*effects.identity)->tenant != client_.tenant) {
    const Admission admission = admit_connection(*(*effects.identity)->tenant, *reply);
    if (admission == Admission::wait) return false;
    if (admission == Admission::refused) {
      reply_with(nullptr, reply->view());
      finish(Closed::limit);
      return true;
    }
  }
  context_.counters.commands_by_row[command::index_of(row)].add();
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
    return true;
  }
  // OFF and SKIP take effect before their own reply, which is therefore not sent; ON is answered.
  if (effects.reply_mode) reply_mode_ = *effects.reply_mode;
  if (effects.reply_mode && *effects.reply_mode != ReplyMode::on) return true;
  reply_with(&row, reply->view());
  if (effects.close) finish(Closed::by_client);
  return true;
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
