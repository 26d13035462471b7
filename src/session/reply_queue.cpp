#include "bulkhead/session/reply_queue.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/resp/elements.hpp"
#include "bulkhead/resp/writer.hpp"

namespace bulkhead::session {
namespace {

using command::ReplyRule;

constexpr std::size_t kKeptSlots = 16;

}  // namespace

Ticket ReplyQueue::open(const command::Row* row, metrics::FeatureCounters* counters, Instant now,
                        bool silent) {
  Slot& slot = slots_.push();
  slot.row = row;
  slot.counters = counters;
  slot.started = now;
  slot.silent = silent;
  return first_ + slots_.size() - 1;
}

// Decides by the first byte whether the reply can pass as it is.
void ReplyQueue::begin(Slot& slot, std::string_view bytes) {
  slot.begun = true;
  const bool error = bytes.starts_with('-') || bytes.starts_with('!');
  slot.failed = error;
  if (error && tenant_ != nullptr) tenant_->count_error(bytes);
  if (slot.own) return;
  if (error && slot.missing.kind != command::Miss::none && command::is_about_state(bytes)) {
    slot.failed = false;
    slot.missed = true;
    return;
  }
  slot.rewritten = error || slot.row->reply != ReplyRule::plain;
  if (slot.rewritten) rewriter_.begin(slot.row->reply);
  if (slot.counters == nullptr) return;
  if (error)
    slot.counters->errors.add();
  else if (slot.row->has(command::kHitOrMiss)) {
    (resp::is_null(bytes) ? slot.counters->misses : slot.counters->hits).add();
  }
}

// The reply in front: rewritten, and behind what may be sent.
ReplyQueue::Outcome ReplyQueue::emit(Slot& slot, std::string_view bytes,
                                     const tenant::Tenant* tenant) {
  const bool first = !slot.begun;
  if (first) begin(slot, bytes);
  if (slot.silent || slot.withheld) return Outcome::ok;
  const std::size_t before = output_.size();
  if (slot.missed) {
    slot.withheld = true;  // the rest of the error, if there is any
    count_missing(slot);
    command::write_missing(slot.missing, output_);
  } else if (!slot.rewritten) {
    output_.append(bytes);
  } else if (!rewriter_.feed(bytes, *tenant, output_)) {
    slot.withheld = true;
    if (!first) return Outcome::broken;
    resp::ReplyWriter(output_, false).error(refuse::foreign_name_in_reply());
    return Outcome::withheld;
  }
  if (slot.counters != nullptr) slot.counters->sent_bytes.add(output_.size() - before);
  return Outcome::ok;
}

void ReplyQueue::finish(Instant now) {
  Slot& slot = slots_.front();
  const auto took = now - slot.started;
  if (!slot.untimed) {
    if (slot.counters != nullptr) slot.counters->duration.observe(took);
    if (slot.row != nullptr && tenant_ != nullptr) {
      tenant_->commands.at(command::index_of(*slot.row)).observe(took, slot.failed);
    }
    if (took > longest_) slow_(slot.head, took);
  }
  slots_.pop();
  ++first_;
  output_.append(pushed_.view());
  pushed_.clear();
}

void ReplyQueue::push(std::string_view bytes) {
  const bool amid = !slots_.empty() && slots_.front().begun;
  (amid ? pushed_ : output_).append(bytes);
}

// Sends what was held for the replies that have come to the front.
ReplyQueue::Outcome ReplyQueue::advance(const tenant::Tenant* tenant, Instant now) {
  Outcome outcome = Outcome::ok;
  while (!slots_.empty()) {
    Slot& slot = slots_.front();
    if (slot.held != nullptr) {
      const auto held = std::move(slot.held);
      held_ -= held->size();
      outcome = std::max(outcome, emit(slot, held->view(), tenant));
    }
    if (!slot.done) break;
    finish(now);
  }
  if (slots_.empty()) slots_.shrink(kKeptSlots);
  return outcome;
}

ReplyQueue::Outcome ReplyQueue::deliver(Ticket ticket, std::string_view bytes, bool last,
                                        const tenant::Tenant& tenant, Instant now) {
  Slot& slot = at(ticket);
  slot.done = last;
  if (ticket != first_) {
    if (slot.held == nullptr) slot.held = std::make_unique<Buffer>();
    slot.held->append(bytes);
    held_ += bytes.size();
    return Outcome::ok;
  }
  const Outcome outcome = emit(slot, bytes, &tenant);
  if (!last) return outcome;
  finish(now);
  // Most often the next one is still under way.
  if (slots_.empty() || !slots_.front().waits_to_leave()) return outcome;
  return std::max(outcome, advance(&tenant, now));
}

ReplyQueue::Outcome ReplyQueue::answer(Ticket ticket, std::string_view bytes,
                                       const tenant::Tenant* tenant, Instant now) {
  Slot& slot = at(ticket);
  slot.own = slot.done = true;
  if (slot.held != nullptr) held_ -= slot.held->size();  // a part of what will not be completed
  slot.held = std::make_unique<Buffer>();
  slot.held->append(bytes);
  held_ += bytes.size();
  return ticket == first_ ? advance(tenant, now) : Outcome::ok;
}

void ReplyQueue::count_missing(const Slot& slot) {
  if (slot.counters == nullptr) return;
  const bool write = (slot.row->flags & command::kWrite) != 0;
  (write ? slot.counters->dropped_writes : slot.counters->missed_reads).add();
}

bool ReplyQueue::answer_missing(Ticket ticket, const tenant::Tenant* tenant, Instant now) {
  const Slot& slot = at(ticket);
  if (slot.missing.kind == command::Miss::none || slot.begun) return false;
  count_missing(slot);
  Buffer reply;
  command::write_missing(slot.missing, reply);
  answer(ticket, reply.view(), tenant, now);
  return true;
}

void ReplyQueue::release() {
  output_.release();
  while (!slots_.empty()) {
    slots_.pop();
    ++first_;
  }
  slots_.shrink(0);
  held_ = 0;
  pushed_.release();
}

}  // namespace bulkhead::session
