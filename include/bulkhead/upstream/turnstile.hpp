// Lets a bounded number of connection attempts at a time pass: a thousand at once would overflow
// the backend's accept queue, and time out one by one. Owned by a pool, touched by its worker's
// thread only.
#pragma once

#include "bulkhead/upstream/asio.hpp"

#include <cstddef>
#include <deque>
#include <memory>

namespace bulkhead::upstream {

class Turnstile {
 public:
  Turnstile(asio::io_context& context, std::size_t room) : context_(context), room_(room) {}

  Awaitable<void> enter();
  // By everyone who has entered, once.
  void leave();

 private:
  asio::io_context& context_;
  std::size_t room_;
  std::deque<std::unique_ptr<Timer>> waiting_;
};

}  // namespace bulkhead::upstream
