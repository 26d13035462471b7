#include "bulkhead/session/reply_queue.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/resp/elements.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/writer.hpp"

#include <algorithm>

namespace bulkhead::session {
namespace {

using command::ReplyRule;

constexpr std::size_t kKeptSlots = 16;
constexpr std::size_t kGathered = 1024 * 1024;

// Of a string; 0: it is none.
std::size_t announced_length(std::string_view reply) {
  if (!reply.starts_with('$')) return 0;
  const auto length = resp::parse_integer(reply.substr(1, reply.substr(0, 32).find('\r') - 1));
  return length && *length > 0 ? static_cast<std::size_t>(*length) : 0;
}

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
  const bool error = slot.failed = bytes.starts_with('-') || bytes.starts_with('!');
  if (error && tenant_ != nullptr) tenant_->count_error(bytes);
  if (slot.own) return;
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
  if (!slot.rewritten) {
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
    if (slot.held != nullptr && !slot.gathers) {
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

void ReplyQueue::hold(Slot& slot, std::string_view bytes) {
  if (slot.held == nullptr) slot.held = std::make_unique<Buffer>();
  slot.held->append(bytes);
  held_ += bytes.size();
}

void ReplyQueue::refuse_reply(Slot& slot) {
  if (slot.held != nullptr) held_ -= slot.held->size();
  slot.held.reset();
  slot.own = slot.too_long = true;
  slot.gathers = false;
  Buffer error;
  resp::ReplyWriter(error, false).error(refuse::max_reply_size());
  hold(slot, error.view());
}

// A long string says at once how long it is. Of an array that is known at its end only: it is held
// until then, or until so much has gathered that it is passed on after all.
ReplyQueue::Outcome ReplyQueue::deliver_limited(Ticket ticket, std::string_view bytes, bool last,
                                                const tenant::Tenant& tenant, Instant now) {
  Slot& slot = at(ticket);
  slot.done = last;
  const std::size_t announced = slot.length == 0 ? announced_length(bytes) : 0;
  slot.length += bytes.size();
  Outcome outcome = Outcome::ok;
  if (slot.too_long) {
    // An error has taken its place: what comes of it is swallowed.
  } else if (std::max(slot.length, announced) > most_) {
    if (slot.begun) return Outcome::cut;
    refuse_reply(slot);
    outcome = Outcome::too_long;
  } else {
    const bool known = announced != 0 || slot.begun || last;
    slot.gathers = !known && slot.length <= kGathered;
    hold(slot, bytes);
  }
  if (ticket != first_) return outcome;
  return std::max(outcome, advance(&tenant, now));
}

ReplyQueue::Outcome ReplyQueue::deliver(Ticket ticket, std::string_view bytes, bool last,
                                        const tenant::Tenant& tenant, Instant now) {
  if (most_ != 0) [[unlikely]]
    return deliver_limited(ticket, bytes, last, tenant, now);
  Slot& slot = at(ticket);
  slot.done = last;
  if (ticket != first_) {
    hold(slot, bytes);
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
  slot.gathers = false;
  Outcome outcome = Outcome::ok;
  if (most_ != 0 && bytes.size() > most_ && !bytes.starts_with('-') && !bytes.starts_with('!')) {
    refuse_reply(slot);
    outcome = Outcome::too_long;
  }
  return ticket == first_ ? std::max(outcome, advance(tenant, now)) : outcome;
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
