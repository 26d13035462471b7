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

void Turn::line_up(Flushable& one, bool served) {
  if (!begun_) schedule_end();
  (served ? served_ : unserved_).emplace_back(&one);
}

// Flushing a client may begin new commands, and so make lanes dirty again: they are part of the
// same turn, until nothing is left.
void Turn::flush_all() {
  while (!dirty_.empty()) {
    flushing_.swap(dirty_);
    for (auto& one : flushing_) {
      one->dirty_ = false;
      one->flush();
    }
    flushing_.clear();
  }
}

// What has been read in this turn leaves before those in the line go on: it is little, and they
// have much.
void Turn::end() {
  flush_all();
  called_.swap(unserved_);
  called_.insert(called_.end(), served_.begin(), served_.end());
  served_.clear();
  for (auto& one : called_) one->on_turn();
  called_.clear();
  flush_all();
  begun_ = false;
  ++number_;
  if (!unserved_.empty() || !served_.empty()) schedule_end();
}

}  // namespace bulkhead::upstream
