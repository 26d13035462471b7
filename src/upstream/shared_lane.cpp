#include "bulkhead/upstream/shared_lane.hpp"

#include "bulkhead/base/sentences.hpp"
#include "lost.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace bulkhead::upstream {

using metrics::Gauge;
using metrics::Lost;

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

Awaitable<void> SharedLane::run() {
  const std::string& name = settings_.backend->name;
  while (!retired_ || !nothing_queued()) {
    const auto problem = co_await enter(settings_.db, settings_.resp3, nullptr);
    Lost why = Lost::handshake;
    if (problem) {
      counters_.connects_failed.add();
      ++failures_;
      services_.log.warning("lane_connect_failed",
                            {{"backend", name}, {"db", settings_.db}, {"problem", *problem}});
    } else {
      counters_.connects.add();
      Gauge& lanes = settings_.fence == nullptr ? counters_.lanes_shared : counters_.lanes_fenced;
      lanes.add(1);
      failures_ = 1;
      why = co_await serve();
      lanes.add(-1);
      if (why != Lost::retired) {
        services_.log.warning("lane_lost", {{"backend", name},
                                            {"db", settings_.db},
                                            {"waiting", queue_.size()},
                                            {"reason", sentence(why)}});
      }
    }
    close_stream();
    state_ = State::waiting;
    lose_all(why);
    if (retired_) break;
    gate_.expires_after(backoff());
    co_await gate_.async_wait(kAwait);
  }
  state_ = State::ended;
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
  Lane::tick(now);
}

}  // namespace bulkhead::upstream
