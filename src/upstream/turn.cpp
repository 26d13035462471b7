#include "bulkhead/upstream/turn.hpp"

#include <boost/asio/post.hpp>

namespace bulkhead::upstream {

void Turn::schedule_end() {
  begun_ = true;
  now_ = Clock::now();
  // Behind everything that is ready already: those handlers belong to the same turn.
  asio::post(context_, [this] { end(); });
}

void Turn::dirty(Flushable& one) {
  if (one.dirty_) return;
  if (!begun_) schedule_end();
  one.dirty_ = true;
  dirty_.emplace_back(&one);
}

// Flushing a client may begin new commands, and so make lanes dirty again: they are part of the
// same turn, until nothing is left.
void Turn::end() {
  while (!dirty_.empty()) {
    flushing_.swap(dirty_);
    for (auto& one : flushing_) {
      one->dirty_ = false;
      one->flush();
    }
    flushing_.clear();
  }
  begun_ = false;
}

}  // namespace bulkhead::upstream
