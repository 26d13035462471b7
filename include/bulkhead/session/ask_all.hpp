// Asks all workers of the process, for the few commands about all connections of a tenant. A
// worker's context is touched on its own thread only: what is asked of it is posted there, and the
// answer posted back.
#pragma once

#include "bulkhead/session/context.hpp"

#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace bulkhead::session {

// Runs `ask` on every worker's thread and returns what they said, in the order of the workers.
// `ask` must own what it refers to: it may outlive the client that asked.
template <class Said>
Awaitable<std::vector<Said>> ask_all(asio::io_context& here, const Peers& peers,
                                     std::function<Said(Context&)> ask) {
  struct Poll {  // touched on the asking worker's thread only
    std::vector<Said> answers;
    std::size_t missing;
    Timer complete;
  };
  const auto poll = std::make_shared<Poll>(std::vector<Said>(peers.size()), peers.size(),
                                           Timer(here.get_executor(), Timer::time_point::max()));
  for (std::size_t i = 0; i < peers.size(); ++i) {
    asio::post(peers[i]->io, [&here, poll, i, ask, peer = peers[i]] {
      asio::post(here, [poll, i, answer = ask(*peer)]() mutable {
        poll->answers[i] = std::move(answer);
        if (--poll->missing == 0) poll->complete.cancel();
      });
    });
  }
  if (poll->missing != 0) co_await poll->complete.async_wait(kAwait);
  co_return std::move(poll->answers);
}

}  // namespace bulkhead::session
