// Replies of one client, in the order of its requests: those that come early are held until it is
// their turn, and each is rewritten by its row's rule when it leaves. No socket in here. Owned by a
// session, touched by its worker's thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/clock.hpp"
#include "bulkhead/base/ring.hpp"
#include "bulkhead/command/miss.hpp"
#include "bulkhead/metrics/counters.hpp"
#include "bulkhead/rewrite/reply_rewriter.hpp"
#include "bulkhead/session/slow_log.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace bulkhead::session {

using Ticket = std::uint64_t;

class ReplyQueue {
 public:
  enum class Outcome : std::uint8_t {
    ok,
    withheld,  // a foreign name: the client has an error instead of the reply
    broken,    // a foreign name behind what has left already: the client must be closed
  };

  // A place for the reply to the next request. `counters` may be null, and so may `row`: of a
  // request that is no call of a command. A silent one is swallowed.
  Ticket open(const command::Row* row, metrics::FeatureCounters* counters, Instant now,
              bool silent);

  // Whose commands and errors are counted from now on; null: nobody's.
  void count_for(metrics::TenantCounters* tenant) { tenant_ = tenant; }
  // Keeps the head of the request that was opened last, for slow().
  void keep_head(std::string_view request) { slots_.back().head.keep(request); }
  // Its duration says nothing: the client asked to wait.
  void leave_untimed(Ticket ticket) { at(ticket).untimed = true; }
  // What is answered to the request that was opened last when the backend fails.
  void or_else(command::Missing missing) { slots_.back().missing = missing; }
  // Called for replies that took longer than this.
  void watch(Milliseconds longest, std::function<void(const RequestHead&, Clock::duration)> slow) {
    longest_ = longest;
    slow_ = std::move(slow);
  }

  // A reply, or a piece of it, as it came from a lane.
  Outcome deliver(Ticket ticket, std::string_view bytes, bool last, const tenant::Tenant& tenant,
                  Instant now);
  // A reply of the proxy's own, whole; it is not rewritten. The tenant is for replies behind it.
  Outcome answer(Ticket ticket, std::string_view bytes, const tenant::Tenant* tenant, Instant now);

  // The reply will not come. False when that is to be told; else the client has been answered as by
  // a cache that has nothing.
  bool answer_missing(Ticket ticket, const tenant::Tenant* tenant, Instant now);

  // What the client has not asked for: a message. It goes between replies, not into one.
  void push(std::string_view bytes);

  bool empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }
  // Where it is counted; may be null.
  metrics::FeatureCounters* counters(Ticket ticket) { return at(ticket).counters; }
  // Whether a part of this reply has left already.
  bool begun(Ticket ticket) { return at(ticket).begun; }
  // The row of the command that it is the reply to; null: of none.
  const command::Row* row(Ticket ticket) const {
    return slots_[static_cast<std::size_t>(ticket - first_)].row;
  }

  // What may be sent.
  Buffer& output() { return output_; }
  // Bytes of replies that wait for their turn.
  std::size_t held() const { return held_ + pushed_.size(); }
  void release();

 private:
  struct Slot {
    const command::Row* row = nullptr;
    metrics::FeatureCounters* counters = nullptr;
    Instant started{};
    std::unique_ptr<Buffer> held;
    RequestHead head;
    command::Missing missing;
    bool untimed = false;
    bool done = false;       // the reply is whole
    bool own = false;        // the proxy's own: counted and sent as it is
    bool silent = false;     // CLIENT REPLY OFF or SKIP
    bool failed = false;     // an error
    bool begun = false;      // its first bytes have been looked at
    bool rewritten = false;  // its bytes go through the rewriter
    bool withheld = false;
    bool missed = false;  // an error that the client is not told of

    bool waits_to_leave() const { return done || held != nullptr; }
  };

  Slot& at(Ticket ticket) { return slots_[static_cast<std::size_t>(ticket - first_)]; }
  void count_missing(const Slot& slot);
  Outcome emit(Slot& slot, std::string_view bytes, const tenant::Tenant* tenant);
  void begin(Slot& slot, std::string_view bytes);
  void finish(Instant now);
  Outcome advance(const tenant::Tenant* tenant, Instant now);

  Ring<Slot> slots_;
  Ticket first_ = 0;  // of the slot in front
  Buffer output_;
  std::size_t held_ = 0;
  Buffer pushed_;  // while a part of a reply has left
  metrics::TenantCounters* tenant_ = nullptr;
  rewrite::ReplyRewriter rewriter_;
  Clock::duration longest_ = Clock::duration::max();
  std::function<void(const RequestHead&, Clock::duration)> slow_;
};

}  // namespace bulkhead::session
