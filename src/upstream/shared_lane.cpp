#include "bulkhead/upstream/shared_lane.hpp"

#include "bulkhead/base/sentences.hpp"
#include "lost.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace bulkhead::upstream {

using metrics::Gauge;
using metrics::Lost;

namespace {

constexpr auto kSteady = std::chrono::seconds(1);

}  // namespace

void SharedLane::start() {
  asio::co_spawn(
      services_.context, [self = boost::intrusive_ptr<SharedLane>(this)] { return self->run(); },
      asio::detached);
}

Milliseconds SharedLane::backoff() {
  const auto& backend = *settings_.backend;
  Milliseconds wait = backend.reconnect_min;
  for (int i = 1; i < failures_ && wait < backend.reconnect_max; ++i) wait *= 2;
  wait = std::min(wait, backend.reconnect_max);
  // Half of it is left to chance, so that a fleet does not come back in step.
  const auto half = std::max<Milliseconds::rep>(1, wait.count() / 2);
  return Milliseconds(
      half + static_cast<Milliseconds::rep>(services_.random() % static_cast<unsigned>(half + 1)));
}

// Until it is time for the next connection.
Awaitable<void> SharedLane::pause() {
  if (!shut_) {
    gate_.expires_after(backoff());
    co_await gate_.async_wait(kAwait);
  }
  while (shut_ && !retired_) {
    gate_.expires_at(Instant::max());
    co_await gate_.async_wait(kAwait);
  }
}

void SharedLane::note(const Trouble& trouble) {
  counters_.connects_failed.add();
  ++failures_;
  services_.log.warning(
      "lane_connect_failed",
      {{"backend", settings_.backend->name}, {"db", settings_.db}, {"problem", trouble.what}});
  // A database that is not there, or a tenant's user, says nothing of the backend.
  if (trouble.kind == Trouble::Kind::unreachable) settings_.health->connect_failed();
  if (trouble.kind == Trouble::Kind::late) settings_.health->timed_out();
}

Awaitable<void> SharedLane::run() {
  const std::string& name = settings_.backend->name;
  if (shut_) {
    state_ = State::waiting;
    co_await pause();
  }
  while (!retired_ || !nothing_queued()) {
    const auto trouble = co_await enter(settings_.db, settings_.resp3, nullptr);
    Lost why = Lost::handshake;
    bool keep = false;
    if (trouble) {
      if (!shut_) note(*trouble);
    } else {
      counters_.connects.add();
      Gauge& lanes = settings_.fence == nullptr ? counters_.lanes_shared : counters_.lanes_fenced;
      lanes.add(1);
      failures_ = 1;
      const Instant begun = Clock::now();
      why = co_await serve();
      lanes.add(-1);
      if (why != Lost::retired) {
        services_.log.warning("lane_lost", {{"backend", name},
                                            {"db", settings_.db},
                                            {"waiting", queue_.size()},
                                            {"reason", sentence(why)}});
        if (why == Lost::timeout) settings_.health->timed_out();
        settings_.health->lost(queue_.size());
      }
      // A connection that has served for a while may be lost without the backend being away.
      keep = why == Lost::by_backend && Clock::now() - begun > kSteady && !retired_ && !shut_;
    }
    close_stream();
    state_ = keep ? State::connecting : State::waiting;
    lose_all(why, keep);
    if (shut_) down_ = settings_.health->refusal();
    if (retired_ && nothing_queued()) break;
    if (!keep) co_await pause();
  }
  state_ = State::ended;
}

void SharedLane::shut(bool shut) {
  if (shut_ == shut) return;
  shut_ = shut;
  if (!shut) {
    failures_ = 0;
    gate_.cancel();
    return;
  }
  down_ = settings_.health->refusal();
  if (state_ == State::connecting) close_stream();  // who waits for it is answered at once
}

void SharedLane::retire() {
  retired_ = true;
  down_ = refuse::backend_down(settings_.backend->name, sentence(Lost::retired));
  if (nothing_queued()) {  // otherwise when it is, also if it is only connecting yet
    end_by(Lost::retired);
  }
}

void SharedLane::tick(Instant now) {
  if (state_ == State::ready && retired_ && nothing_queued()) return retire();
  if (state_ == State::ready && !queue_.empty()) give_up_overdue(now);
  Lane::tick(now);
}

}  // namespace bulkhead::upstream
