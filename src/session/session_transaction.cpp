// MULTI to EXEC or DISCARD, as a session carries them out.
#include "available.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/session/answers.hpp"
#include "bulkhead/session/script_fence.hpp"
#include "bulkhead/session/session.hpp"
#include "function_libraries.hpp"
#include "script_talk.hpp"
#include "script_watch.hpp"
#include "transaction_talk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace bulkhead::session {

using command::Action;

namespace {

// Redis looks at the arguments when it executes; a mistake in them is one reply of many.
bool is_about_arguments(Reason reason) {
  return reason == Reason::syntax || reason == Reason::wrong_arity || reason == Reason::db_range;
}

}  // namespace

void Session::begin_transaction(const command::Row& row) {
  if (transaction_ != nullptr) return refuse(&row, refuse::nested_multi());
  transaction_ = std::make_unique<Transaction>(client_, snapshot_, context_.backends);
  client_.mode = tenant::Mode::queueing;
  reply_with(&row, "+OK\r\n");
}

void Session::queue(request::Plan& plan, const resp::Args& args) {
  const command::Row& row = *plan.row;
  Transaction& transaction = *transaction_;
  std::optional<Refusal> refusal;
  if (const auto* refused = std::get_if<Refusal>(&plan.step)) {
    refusal = *refused;
  } else if (!is_available(context_.backends.front()->facts(), row)) {
    refusal = missing_in_backend(context_.backends.front()->facts(), row, args);
  } else if (std::holds_alternative<request::Hold>(plan.step)) {
    transaction.add_reply(row, "+OK\r\n");  // UNWATCH: EXEC does that anyway
  } else if (row.handling == command::Handling::script && row.takes_names()) {
    refusal = queue_script(row, args);
  } else if (row.action != Action::none) {
    transaction.add_own(row, args);
    if (row.has(command::kStateful)) anticipate(row, args);
  } else {
    refusal = transaction.add(plan, args, counters_of(plan), context_.scratch);
  }
  if (refusal && is_about_arguments(refusal->reason)) {
    Buffer error;
    resp::ReplyWriter(error, client_.resp3).error(*refusal);
    transaction.add_reply(row, error.view());
    refusal.reset();
  }
  const config::Limits& limits = snapshot_->config.limits;
  if (!refusal && (transaction.bytes() > limits.request_bytes ||
                   transaction.items().size() > limits.request_args)) {
    refusal = refuse::transaction_too_large();
  }
  if (!refusal && !context_.monitors.empty() && is_monitored()) {
    transaction.show(shown_words(row, args));
  }
  if (!refusal) audit(row, true);
  if (!refusal) return reply_with(&row, "+QUEUED\r\n");
  transaction.abort();
  refuse(&row, *refusal);
}

// SELECT in a transaction: the commands queued behind it are about that database.
void Session::anticipate(const command::Row& row, const resp::Args& args) {
  Effects effects;
  Buffer nobody_reads;
  Question question{row,
                    args,
                    transaction_->client(),
                    *transaction_->snapshot(),
                    context_.backends.front()->facts(),
                    effects};
  answer_for(row.action)(question, nobody_reads);
}

metrics::FeatureCounters* Session::counters_of(const request::Plan& plan) {
  if (const auto* forward = std::get_if<request::Forward>(&plan.step)) {
    return &feature_counters(forward->route.feature);
  }
  if (const auto* block = std::get_if<request::Block>(&plan.step)) {
    return &feature_counters(block->route.feature);
  }
  return &feature_counters(snapshot_->router.default_feature());
}

// A command was refused; EXEC itself, too, ends what it cannot carry out.
void Session::spoil_transaction(const command::Row* row) {
  if (row == nullptr || !row->has(command::kEndsTransaction)) return transaction_->abort();
  end_transaction();
  forget_watched();
}

void Session::end_transaction() {
  transaction_.reset();
  client_.mode = tenant::Mode::ordinary;
}

void Session::discard(const command::Row& row) {
  if (transaction_ == nullptr) return refuse(&row, refuse::discard_without_multi());
  end_transaction();
  unwatch(row);
}

// The lane that carries the whole transaction: the client's own when it has one, a shared one when
// the transaction stays in one database, or else one pinned for the moment. Null when nothing goes
// upstream.
Result<boost::intrusive_ptr<upstream::Lane>> Session::lane_for(const Transaction& transaction) {
  using LanePtr = boost::intrusive_ptr<upstream::Lane>;
  const auto& place = transaction.place();
  const bool watching = (holds_ & kWatching) != 0;
  if (!place) return watching ? LanePtr(pinned_) : LanePtr();
  const auto& backend = transaction.backend();
  const bool here = pinned_ != nullptr && pinned_to_ == backend;
  if (watching && !here) return refuse::cross_db();
  if (!here && !transaction.changes_database()) {
    return LanePtr(&shared_lane_to(backend, place->db));
  }
  if (auto pinned = pin(backend, place->db); !pinned) return pinned.error();
  head_for(place->db);
  return LanePtr(pinned_);
}

// Inside the fence: the tenant's shared lane of that database, or a pinned one. When that is not
// the tenant's yet it becomes so for good, and is closed afterwards.
Result<boost::intrusive_ptr<upstream::Lane>> Session::lane_for_scripts(
    const Transaction& transaction, const std::shared_ptr<upstream::Fence>& fence) {
  using LanePtr = boost::intrusive_ptr<upstream::Lane>;
  if (fence == nullptr) return lane_for(transaction);
  const route::Place place = *transaction.place();
  if (pinned_ == nullptr && !transaction.changes_database()) {
    return LanePtr(&fence->lane(place.db, client_.resp3, client_.id));
  }
  if (auto pinned = pin(transaction.backend(), place.db); !pinned) return pinned.error();
  if (pinned_->fence() != nullptr) return LanePtr(pinned_);
  rewrite::Batch enter;
  enter.auth(fence->user(), fence->password());
  pinned_->submit_quietly(enter);
  pin_spoilt_ = true;
  return LanePtr(pinned_);
}

// Always with the body: NOSCRIPT as a reply of EXEC would be a step that is missing.
std::optional<Refusal> Session::queue_script(const command::Row& row, const resp::Args& args) {
  Transaction& transaction = *transaction_;
  const request::Snapshot& snapshot = *transaction.snapshot();
  const tenant::ClientState& client = transaction.client();
  if (may_not_run_scripts(context_, *client.tenant)) {
    return refuse::scripts_refused("one of them ran too long");
  }
  const auto call =
      read_script_call(context_, snapshot, client, row, args, transaction.backends(), &transaction);
  if (!call) return call.error();
  const auto command = script_command(*call, snapshot, client, row, args, true, context_.scratch);
  if (!command) return command.error();
  if (call->is_function()) {
    transaction.will_call_functions();
  } else {
    transaction.bring_script(call->own_sha, call->body);
  }
  return transaction.add_script(row, *command, call->route.place, call->wrapped->sha, call->own_sha,
                                &feature_counters(call->route.feature));
}

bool Session::exec(const command::Row& row) {
  if (transaction_ == nullptr) {
    refuse(&row, refuse::exec_without_multi());
    return true;
  }
  if (!replies_.empty()) return false;
  auto transaction = std::move(transaction_);
  end_transaction();
  if (transaction->aborted()) {
    forget_watched();
    refuse(&row, refuse::transaction_aborted());
    return true;
  }
  // The fence may have to be put up before there is a lane inside it.
  auto lane = transaction->runs_scripts() ? Result<boost::intrusive_ptr<upstream::Lane>>(nullptr)
                                          : lane_for(*transaction);
  if (!lane) {
    forget_watched();
    refuse(&row, lane.error());
    return true;
  }
  begin_late(row, nullptr);
  asio::co_spawn(
      context_.io,
      [self = boost::intrusive_ptr<Session>(this), &row,
       transaction = std::shared_ptr<const Transaction>(std::move(transaction)),
       lane = *lane]() mutable { return self->execute(row, std::move(transaction), lane); },
      asio::detached);
  return true;
}

Awaitable<void> Session::execute(const command::Row& row,
                                 std::shared_ptr<const Transaction> transaction,
                                 boost::intrusive_ptr<upstream::Lane> lane) {
  Buffer out;
  const resp::OwnedArgs words{"EXEC"};
  const auto snapshot = transaction->snapshot();
  Conversation talk{context_,     *snapshot, client_,    row,
                    words.view(), out,       *counters_, transaction->backends()};
  std::optional<Refusal> refusal;
  if (transaction->runs_scripts()) {
    const auto fence = co_await prepare_scripts(context_, transaction->backend(), *snapshot,
                                                *transaction->client().tenant);
    if (closed_) co_return;
    if (transaction->calls_functions()) {
      co_await renew_libraries_once(talk, transaction->place()->backend);
      if (closed_) co_return;
    }
    if (!fence) {
      refusal = fence.error();
    } else if (auto fenced = lane_for_scripts(*transaction, *fence); fenced) {
      lane = *fenced;
    } else {
      refusal = fenced.error();
    }
  }
  if (refusal) {
    forget_watched();
    talk.writer().error(*refusal);
  } else {
    co_await run_transaction(talk, *transaction, lane, client_);
  }
  if (closed_) co_return;
  let_go(kWatching);
  // Not known when the transaction was not executed.
  if (pinned_ != nullptr && transaction->changes_database()) pinned_->went_to(-1);
  if (talk.close_after) finish(metrics::Closed::failed);
  finish_late(out.view());
}

}  // namespace bulkhead::session
