// CLIENT TRACKING, as a session carries it out: its reads are tracked on its pinned lane, and what
// is invalidated is passed on in the client's names; or it is the one who is told instead of
// another of its tenant's clients, on whichever worker that is.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/request/tracking.hpp"
#include "bulkhead/resp/invalidation.hpp"
#include "bulkhead/rewrite/invalidated_keys.hpp"
#include "bulkhead/rewrite/tracking_command.hpp"
#include "bulkhead/session/session.hpp"
#include "bulkhead/upstream/call.hpp"
#include "find_session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace bulkhead::session {
namespace {

using metrics::Closed;

constexpr std::size_t kShortReply = 4096;

// What all workers say about one client: only one can know it.
struct Search {
  Search(asio::io_context& here, std::size_t workers)
      : missing(workers), complete(here.get_executor(), Timer::time_point::max()) {}

  void add(const Result<std::int64_t>& answer) {
    const bool better = answer || answer.error().reason != Reason::syntax;
    if (better) found = answer;
    if (--missing == 0) complete.cancel();
  }

  Result<std::int64_t> found = refuse::no_redirect_target();
  std::size_t missing;
  Timer complete;
};

}  // namespace

// ---- Beginning and ending

bool Session::track(const command::Row& row, const resp::Args& args) {
  if (!replies_.empty()) return false;
  begin_late(row, nullptr);
  asio::co_spawn(
      context_.io,
      [self = boost::intrusive_ptr<Session>(this), args] { return self->change_tracking(args); },
      asio::detached);
  return true;
}

Awaitable<void> Session::change_tracking(resp::Args args) {
  Result<void> changed;
  const auto asked = request::redirect_asked(args);
  bool exists = false;
  if (asked) {
    const std::string anywhere;
    const auto found = co_await find_redirect(*asked, anywhere);
    exists = found.has_value();
  }
  if (closed_) co_return;
  auto after = request::read_tracking(client_.tracking, args, exists);
  if (!after)
    changed = after.error();
  else if (!*after)
    end_tracking();
  else
    changed = co_await begin_tracking(std::move(**after));
  if (closed_) co_return;
  Buffer out;
  resp::ReplyWriter reply(out, client_.resp3);
  if (changed) {
    reply.ok();
  } else {
    counters_->refusals[static_cast<std::size_t>(changed.error().reason)].add();
    reply.error(changed.error());
  }
  finish_late(out.view());
}

Awaitable<Result<void>> Session::begin_tracking(tenant::Tracking after) {
  const route::Place place = snapshot_->router.channels().place;
  const auto backend = pinned_ != nullptr ? pinned_to_ : context_.backends[place.backend];
  if (pinned_ == nullptr) {
    if (auto pinned = pin(backend, place.db); !pinned) co_return pinned.error();
  }
  speak();
  const bool before = (holds_ & kTracking) != 0;
  holds_ |= kTracking;
  pin_spoilt_ = true;
  std::int64_t redirect = 0;
  std::optional<Refusal> refusal;
  if (after.redirect != 0) {
    const auto found = co_await find_redirect(after.redirect, backend->settings().name);
    if (found)
      redirect = *found;
    else
      refusal = found.error();
  }
  if (pinned_ == nullptr) refusal = refuse::backend_down(backend->settings().name, "went away");
  if (!refusal) {
    const boost::intrusive_ptr<upstream::Call> call(new upstream::Call(context_.io, kShortReply));
    call->send(*pinned_, rewrite::tracking_on(*client_.tenant, client_.tracking, after, redirect));
    const auto reply = co_await call->reply();
    if (!reply)
      refusal = reply.error();
    else if ((*reply)[0] == '-')
      refusal = refuse::unreadable_reply();
  }
  if (refusal) {
    if (!before) let_go(kTracking);
    co_return *refusal;
  }
  if (!closed_ && pinned_ != nullptr) {
    if (!client_.tracking) counters_->tracking.add(1);
    client_.tracking = std::move(after);
  }
  co_return Result<void>();
}

// The lane that it was tracked on is closed when nothing else holds it.
void Session::end_tracking() {
  if (!client_.tracking) return;
  client_.tracking.reset();
  counters_->tracking.add(-1);
  let_go(kTracking);
  if (pinned_ == nullptr) return;
  rewrite::Batch off;
  off.tracking_off();
  pinned_->submit_quietly(off);
}

// The client leaves or becomes another tenant's.
void Session::drop_tracking() {
  end_tracking();
  behind_.clear();
  if (target_ == nullptr) return;
  std::exchange(target_, nullptr)->end();
  counters_->pinned.add(-1);
  tell_redirect_broken();
}

// The lane speaks what the client speaks from now on, and is pushed what comes accordingly.
void Session::speak() {
  if (pinned_ != nullptr && (holds_ & kTracking) != 0) pinned_->speak(client_.resp3);
}

// Called when a command has been carried out.
void Session::forget_caching() {
  if (!client_.tracking || !client_.tracking->caching || transaction_ != nullptr) return;
  if (carried_ == nullptr || !request::keeps_caching(*carried_)) client_.tracking->caching = false;
}

// What CLIENT CACHING said is about the next command, which is about to be sent.
void Session::head_for(int db) {
  pinned_->go_to(db, client_.resp3);
  if (!client_.tracking || !client_.tracking->caching) return;
  if (!client_.tracking->opt_in && !client_.tracking->opt_out) return;
  rewrite::Batch caching;
  caching.caching(client_.tracking->opt_in);
  pinned_->submit_quietly(caching);
}

// ---- Who is told instead

// One of the tenant's clients: its id upstream. Without a backend it is only looked for.
Awaitable<Result<std::int64_t>> Session::find_redirect(std::int64_t id, std::string backend) {
  const auto search = std::make_shared<Search>(context_.io, context_.peers->size());
  const std::string tenant = client_.tenant->name;
  for (Context* peer : *context_.peers) {
    asio::post(peer->io, [peer, search, id, backend, tenant, here = &context_.io] {
      const RedirectTarget::Known answer = [search, here](const Result<std::int64_t>& found) {
        asio::post(*here, [search, found] { search->add(found); });
      };
      Session* session = find_session(*peer, static_cast<std::uint64_t>(id), tenant);
      if (session == nullptr) return answer(refuse::no_redirect_target());
      if (backend.empty()) return answer(id);
      session->become_redirect(backend, answer);
    });
  }
  if (search->missing != 0) co_await search->complete.async_wait(kAwait);
  co_return search->found;
}

void Session::become_redirect(const std::string& backend, const RedirectTarget::Known& known) {
  if (target_ == nullptr) {
    if (auto ready = open_redirect(backend); !ready) return known(ready.error());
  }
  if (target_->backend().settings().name != backend) return known(refuse::cross_db());
  target_->when_known(known);
}

Result<void> Session::open_redirect(const std::string& backend) {
  if (auto may = may_pin(); !may) return may;
  for (const auto& candidate : context_.backends) {
    if (candidate->settings().name != backend) continue;
    const boost::intrusive_ptr<RedirectTarget> target(new RedirectTarget(*this, candidate));
    if (auto connected = target->connect(0); !connected) return connected;
    target_ = target;
    counters_->pinned.add(1);
    return {};
  }
  return refuse::backend_down(backend, "is being removed");
}

// Its state is gone like that of any pinned lane.
void Session::on_redirect_lost() {
  target_.reset();
  counters_->pinned.add(-1);
  finish(Closed::failed);
}

// Redis would notice at the next invalidation.
void Session::tell_redirect_broken() {
  const auto id = static_cast<std::int64_t>(client_.id);
  for (Context* peer : *context_.peers) {
    asio::post(peer->io, [peer, id, tenant = client_.tenant->name] {
      for (Session& session : *peer->sessions) {
        auto& client = session.client_;
        if (client.tenant == nullptr || client.tenant->name != tenant) continue;
        if (client.tracking && client.tracking->redirect == id) {
          client.tracking->redirect_broken = true;
        }
      }
    });
  }
}

// ---- What is invalidated

void Session::tell_invalidation(const resp::Invalidation& invalidation) {
  if ((holds_ & kTracking) == 0 && target_ == nullptr) return;
  Buffer out;
  resp::ReplyWriter writer(out, client_.resp3);
  if (invalidation.broken) {
    if (!client_.tracking) return;
    client_.tracking->redirect_broken = true;
    if (!client_.resp3) return;
    writer.push(2);
    writer.bulk("tracking-redir-broken");
    writer.integer(client_.tracking->redirect);
  } else {
    const rewrite::InvalidatedKeys keys = rewrite::clients_keys(invalidation.keys, *client_.tenant);
    for (std::size_t i = 0; i < keys.foreign; ++i) check(ReplyQueue::Outcome::withheld);
    if (keys.own == 0 && !keys.all) return;
    if (client_.resp3) {
      writer.push(2);
      writer.bulk("invalidate");
    } else if (subscriber_ != nullptr && !subscriber_->book.empty()) {
      writer.array(3);
      writer.bulk("message");
      writer.bulk(resp::kInvalidationChannel);
    } else {
      return;  // as in Redis: there is no way to tell it
    }
    out.append(keys.wire.view());
  }
  push_unasked(out.view());
}

// Behind the reply that is under way: who reads a value must not be told before that it is stale.
void Session::push_unasked(std::string_view bytes) {
  if (busy_)
    behind_.append(bytes);
  else
    replies_.push(bytes);
  context_.turn.dirty(*this);
  if (replies_.output().size() + replies_.held() + behind_.size() > most_output()) {
    too_slow_ = true;
  }
}

}  // namespace bulkhead::session
