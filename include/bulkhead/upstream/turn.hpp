// One turn of a worker's event loop: what was read in it is planned and queued, and at its end
// every lane and client that has something to send writes once. Owned by a worker, touched by its
// thread.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/upstream/asio.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <vector>

namespace bulkhead::upstream {

// Something with output. Counted without atomics: it never leaves its worker's thread.
class Flushable : public boost::intrusive_ref_counter<Flushable, boost::thread_unsafe_counter> {
 public:
  Flushable() = default;
  Flushable(const Flushable&) = delete;
  Flushable& operator=(const Flushable&) = delete;
  virtual ~Flushable() = default;

  // Called once at the end of a turn in which dirty() was said.
  virtual void flush() = 0;
  // Its turn after line_up() has come.
  virtual void on_turn() {}

 private:
  friend class Turn;
  bool dirty_ = false;
};

class Turn {
 public:
  explicit Turn(asio::io_context& context) : context_(context) {}

  // The time, read once per turn.
  Instant now() {
    if (!begun_) schedule_end();
    return now_;
  }
  // Has flush() called at the end of this turn.
  void dirty(Flushable& one);

  // For who has had enough of this turn: on_turn() is called at the end of the next one, after
  // others have been read. `served`: it has done something in this one, and comes behind those who
  // have not. Not to be said twice before on_turn().
  void line_up(Flushable& one, bool served);
  // Counts turns.
  std::uint64_t number() const { return number_; }

 private:
  void schedule_end();
  void end();
  void flush_all();

  asio::io_context& context_;
  std::vector<boost::intrusive_ptr<Flushable>> dirty_;
  std::vector<boost::intrusive_ptr<Flushable>> flushing_;
  // In the next turn, in this order.
  std::vector<boost::intrusive_ptr<Flushable>> unserved_, served_, called_;
  Instant now_{};
  std::uint64_t number_ = 1;
  bool begun_ = false;
};

}  // namespace bulkhead::upstream
