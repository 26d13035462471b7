// A lane that one client leases for as long as it has state upstream: watched keys, a blocking
// command, subscriptions, tracking. It goes where its client's commands go: it switches database
// and protocol by commands of its own, whose replies nobody sees. It never connects again: when it
// is lost, the state is lost, and its owner is told.
//
// Owned by its owner while leased and by its backend's pool in between; touched by its worker's
// thread only.
#pragma once

#include "bulkhead/upstream/lane.hpp"
#include "bulkhead/upstream/turnstile.hpp"

#include <memory>

namespace bulkhead::upstream {

class PinnedLane final : public Lane {
 public:
  // Connects when `turnstile` lets it pass.
  PinnedLane(const Services& services, LaneSettings settings, metrics::BackendCounters& counters,
             std::shared_ptr<Turnstile> turnstile);
  ~PinnedLane() override;

  void start();

  // `owner` must leave() before it goes.
  void lease(PinnedOwner& owner) { owner_ = &owner; }
  // The owner wants nothing more from it.
  void leave() { owner_ = nullptr; }

  // The commands that follow are about this database and answered in this protocol.
  void go_to(int db, bool resp3);
  // The same for the protocol alone: what is pushed comes in it.
  void speak(bool resp3) { go_to(db_, resp3); }
  // The database is another one now, or, when negative, one that nobody knows.
  void went_to(int db) { db_ = db; }

  // A subscribing command that is answered by acknowledgements, as many as names; see
  // PinnedOwner::on_acknowledged().
  bool subscribe(const rewrite::TenantCommand& command, std::uint32_t names, std::uint64_t ticket);

  // A command whose argument `at` is passed on while it arrives, `length` bytes in all: begin(),
  // pass() as often as bytes come, complete() with the command as it is then. Nothing else is
  // submitted in between.
  bool begin(const rewrite::TenantCommand& command, std::uint32_t at, std::size_t length,
             ReplySink& sink, std::uint64_t ticket);
  void pass(std::string_view bytes);
  void complete(const rewrite::TenantCommand& command, std::uint32_t at);

  // Commands for their effect alone. An error in reply to one of them ends the lane.
  void submit_quietly(const rewrite::Batch& batch);

  void tick(Instant now) override;

  // Nothing is under way.
  bool idle() const { return nothing_queued(); }
  bool is_at(int db, bool resp3) const { return db_ == db && resp3_ == resp3; }

  // What CLIENT ID says of this connection upstream; 0 until it is connected.
  std::int64_t upstream_id() const { return upstream_id_; }

  // Closes the connection: Redis forgets its state and stops what it has under way. The owner is
  // not told.
  void end();
  // The same, but the owner is told.
  void retire() { end_by(metrics::Lost::retired); }

 private:
  class Quiet;

  bool may_push(char type) const override;
  bool take_push(std::string_view value) override;

  Awaitable<void> run();

  std::shared_ptr<Turnstile> turnstile_;
  PinnedOwner* owner_ = nullptr;
  boost::intrusive_ptr<Quiet> quiet_;
  int db_;
  bool resp3_;
  bool subscribed_ = false;  // messages may come
  std::int64_t upstream_id_ = 0;
};

}  // namespace bulkhead::upstream
