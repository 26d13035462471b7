// One upstream connection for all subscribers of a worker whose tenants have `pubsub: fanout`: one
// subscription per channel, each message written once per protocol. When the connection is lost,
// subscribers keep theirs and everything is subscribed to again; what was published meanwhile is
// lost. Owned by the worker, touched by its thread only.
#pragma once

#include "bulkhead/session/context.hpp"
#include "bulkhead/session/fanout_table.hpp"

#include <optional>

namespace bulkhead::session {

class Fanout final : public upstream::PinnedOwner {
 public:
  explicit Fanout(Context& context);
  ~Fanout() override;

  // Why nothing new can be subscribed to now.
  std::optional<Refusal> down() const;

  void change(Listener& listener, std::uint64_t ticket, const request::SubscriptionChange& change);
  // The client is gone; `all` are its subscriptions of one kind.
  void drop(Listener& listener, const request::SubscriptionChange& all);

  // Follows a reload; connects again when it is time to. Called a few times a second.
  void tick(Instant now);
  // No more connections.
  void end();

  bool on_reply(upstream::Lane& lane, std::uint64_t ticket, std::string_view bytes,
                bool last) override;
  void on_lost(std::uint64_t, const Refusal&) override {}
  void on_too_slow() override {}
  void on_lane_ready() override {}
  void on_push(std::string_view bytes) override;
  void on_acknowledged(std::uint64_t ticket) override;
  void on_pinned_lost(const Refusal& why) override;
  void flush() override {}

 private:
  bool connect();
  void send(const FanoutOrder& order);
  void lose(const Refusal& why);
  std::uint16_t place() const;

  Context& context_;
  FanoutTable table_;
  boost::intrusive_ptr<upstream::PinnedLane> lane_;
  std::shared_ptr<upstream::Backend> backend_;  // the lane's
  std::optional<Refusal> why_down_;
  Instant again_at_{};
  Milliseconds pause_{0};  // before the next attempt
};

}  // namespace bulkhead::session
