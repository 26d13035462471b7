// The rates of a tenant as one worker draws on them, and the clients that wait for them. A meter is
// made when a client of a tenant with limits comes, and shared by that tenant's clients in the
// worker; the meters of a worker have one timer between them. Touched by the worker's thread only.
#pragma once

#include "bulkhead/policy/allowance.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/upstream/turn.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <bit>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace bulkhead::session {

class Session;

// One bucket's share, and who waits for it, in the order in which they came.
struct Tap {
  struct Waiting {
    boost::intrusive_ptr<Session> session;
    Instant deadline;
  };

  explicit Tap(const policy::Allowance::Bucket& bucket);
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap();  // here Session is not known

  Limit limit;
  policy::Lease lease;
  std::deque<Waiting> waiting{};
};

class Meter : public boost::intrusive_ref_counter<Meter, boost::thread_unsafe_counter> {
 public:
  Meter(std::shared_ptr<const request::Snapshot> snapshot, const policy::Allowance& allowance);
  ~Meter();

  const policy::Allowance& allowance() const { return allowance_; }
  const config::TenantLimits& limits() const { return allowance_.limits(); }

  // A tap that has nothing at the moment, of those that are drawn on; null: all have.
  Tap* dry(std::uint32_t draws, Instant now) {
    for (; draws != 0; draws &= draws - 1) {
      Tap& tap = taps_[static_cast<std::size_t>(std::countr_zero(draws))];
      if (!tap.lease.open(now)) return &tap;
    }
    return nullptr;
  }
  // A command of so many bytes has been carried out.
  void draw(std::uint32_t draws, std::size_t bytes, Instant now);
  // Bytes that belong to no command of their own: replies, long arguments.
  void draw_bytes(std::size_t bytes, Instant now) {
    if (bytes_ != nullptr) bytes_->lease.spend(static_cast<std::int64_t>(bytes), now);
  }
  // Of the rate at which clients come; null: they may come as they like.
  Tap* connections() { return connections_; }

 private:
  const std::shared_ptr<const request::Snapshot> snapshot_;  // keeps the allowance
  const policy::Allowance& allowance_;
  std::deque<Tap> taps_;
  Tap* bytes_ = nullptr;
  Tap* connections_ = nullptr;
};

class Meters {
 public:
  Meters(asio::io_context& io, upstream::Turn& turn);

  // Null for a tenant without limits.
  boost::intrusive_ptr<Meter> of(const std::shared_ptr<const request::Snapshot>& snapshot,
                                 const tenant::Tenant& tenant);

  // Has the session told by on_tokens() when it is its turn and there is something in the tap, or
  // when the deadline has come.
  void await(boost::intrusive_ptr<Meter> meter, Tap& tap, Session& session, Instant deadline);

 private:
  struct Served {
    boost::intrusive_ptr<Meter> meter;
    Tap* tap;
  };

  void arm(Instant when);
  void on_timer();
  void serve(Tap& tap, Instant now);
  static Instant next_event(const Tap& tap);

  upstream::Turn& turn_;
  Timer timer_;
  Instant armed_for_ = Instant::max();
  std::vector<Served> served_;  // taps with clients that wait
  std::unordered_map<const policy::Allowance*, boost::intrusive_ptr<Meter>> meters_;
  const request::Snapshot* newest_ = nullptr;
};

}  // namespace bulkhead::session
