// What comes back to a session: replies from lanes, in the order of its requests, and their way to
// the socket.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/session/session.hpp"

namespace bulkhead::session {
namespace {

using metrics::Closed;

constexpr std::size_t kKeptOutput = 256 * 1024;  // until the client is idle
constexpr std::size_t kKeptUnderPressure = 16 * 1024;

}  // namespace

// Bytes that may wait for the client.
std::size_t Session::most_output() const {
  const config::Limits& limits = snapshot_->config.limits;
  return context_.under_pressure() ? limits.client_output_soft : limits.client_output;
}

bool Session::on_reply(upstream::Lane& lane, Ticket ticket, std::string_view bytes, bool last) {
  if (closed_) return true;
  check(replies_.deliver(ticket, bytes, last, *client_.tenant, context_.turn.now()));
  if (last && (holds_ & kBlocked) != 0 && ticket == blocking_) end_block();
  // An error in the place of acknowledgements: what is subscribed to is not known any more.
  if (subscriber_ != nullptr && !subscriber_->tickets.empty() &&
      subscriber_->tickets.front() == ticket) {
    finish(Closed::failed);
  }
  if (closed_) return true;
  context_.turn.dirty(*this);
  if (replies_.output().size() + replies_.held() <= most_output()) return true;
  stopped_.emplace_back(&lane);
  return false;
}

// All names of the command must be of features that miss: a session's loss is told.
void Session::expect_miss(const command::Row& row) {
  for (const rewrite::ScopedName& name : context_.scratch.scoped) {
    if (!snapshot_->router.misses(name.feature)) return;
  }
  replies_.or_else(command::missing(row, reader_.args(), client_.resp3));
}

void Session::on_lost(Ticket ticket, const Refusal& why) {
  if (closed_) return;
  if (replies_.answer_missing(ticket, client_.tenant, context_.turn.now())) {
    return context_.turn.dirty(*this);
  }
  if (counters_ != nullptr) counters_->refusals[static_cast<std::size_t>(why.reason)].add();
  // Half a reply has left: only an end of the connection can tell the client.
  if (replies_.begun(ticket)) return close(Closed::failed);
  Buffer reply;
  resp::ReplyWriter(reply, client_.resp3).error(why);
  check(replies_.answer(ticket, reply.view(), client_.tenant, context_.turn.now()));
  if ((holds_ & kBlocked) != 0 && ticket == blocking_) end_block();
  context_.turn.dirty(*this);
}

void Session::on_expiry(Ticket ticket, rewrite::Expiry what) {
  if (closed_) return;
  metrics::FeatureCounters* const counters = replies_.counters(ticket);
  if (counters != nullptr) counters->count_expiry(what == rewrite::Expiry::missing);
}

void Session::on_too_slow() {
  if (closed_) return;
  if (counters_ != nullptr) counters_->slow_readers.add();
  context_.log.warning("slow_reader_closed",
                       {{"tenant", client_.tenant ? client_.tenant->name : ""},
                        {"client", client_.address},
                        {"waiting_bytes", replies_.output().size()}});
  close(Closed::slow_reader);
}

void Session::shed() {
  if (closed_) return;
  (counters_ != nullptr ? counters_->shed : context_.counters.shed_unauthenticated).add();
  context_.log.warning("over_memory_closed",
                       {{"tenant", client_.tenant ? client_.tenant->name : ""},
                        {"client", client_.address},
                        {"held_bytes", accounted_}});
  close(Closed::over_memory);
}

void Session::on_lane_ready() {
  lane_full_ = false;
  stalled_ = true;  // what has been read meanwhile is processed in flush()
  context_.turn.dirty(*this);
}

void Session::check(ReplyQueue::Outcome outcome) {
  if (outcome == ReplyQueue::Outcome::ok) return;
  counters_->foreign_names.add();
  context_.log.error("foreign_name_blocked",
                     {{"tenant", client_.tenant->name}, {"client", client_.address}});
  if (outcome == ReplyQueue::Outcome::broken) close(Closed::failed);
}

void Session::flush() {
  if (closed_) return;
  if (!writing_) write_more();
  if (closed_) return;
  if (subscriber_ != nullptr && subscriber_->too_slow) return close(Closed::slow_subscriber);
  if (too_slow_) return on_too_slow();
  if (stalled_) {
    process();
    if (!replies_.output().empty() && !writing_) context_.turn.dirty(*this);
  }
  if (closing_ && replies_.empty() && replies_.output().empty()) {
    return close(closing_why_);
  }
  if (pinned_ != nullptr && holds_ == 0 && replies_.empty()) unpin();
  reload();  // it may have had to wait for the replies
  if (closed_) return;
  account();
  resume_reading();
}

void Session::resume_lanes() {
  for (const auto& lane : std::exchange(stopped_, {})) lane->resume();
}

void Session::write_more() {
  Buffer& out = replies_.output();
  while (!out.empty()) {
    error_code error;
    const std::size_t n = stream_.write_some(out.view(), error);
    out.consume(n);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      writing_ = true;
      stream_.async_wait(Socket::wait_write,
                         [self = boost::intrusive_ptr<Session>(this)](error_code) {
                           self->writing_ = false;
                           self->context_.turn.dirty(*self);
                         });
      break;
    }
    if (error) return close(Closed::by_client);
  }
  out.release_if_larger_than(context_.under_pressure() ? kKeptUnderPressure : kKeptOutput);
  const config::Limits& limits = snapshot_->config.limits;
  if (out.size() <= limits.client_output_soft / 2) resume_lanes();
}

}  // namespace bulkhead::session
