// One client connection: reads commands, has them planned, does what the plan says, and sends the
// replies in order. Owned by its worker's list and by what is under way for it; touched by that
// worker's thread only.
#pragma once

#include "bulkhead/resp/invalidation.hpp"
#include "bulkhead/resp/request_reader.hpp"
#include "bulkhead/session/answers.hpp"
#include "bulkhead/session/context.hpp"
#include "bulkhead/session/fanout_table.hpp"
#include "bulkhead/session/redirect_target.hpp"
#include "bulkhead/session/reply_queue.hpp"
#include "bulkhead/session/subscriber.hpp"
#include "bulkhead/session/transaction.hpp"
#include "bulkhead/tenant/client_state.hpp"
#include "bulkhead/upstream/reply_sink.hpp"
#include "bulkhead/upstream/stream.hpp"

#include <boost/intrusive/list.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkhead::session {

class Session final : public upstream::PinnedOwner,
                      public Listener,
                      public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // A client that has a tenant, and maybe a user, has them without AUTH.
  Session(Context& context, upstream::Stream stream, tenant::ClientState client);
  ~Session() override;

  void start();
  // A new snapshot is in force: follow it, or close when the user is gone.
  void reload();
  // Answers what is under way and closes; no new commands are read. Called until it is closed.
  void drain();
  // It is the largest of those that hold too much.
  void shed();
  void close(metrics::Closed why);
  // Checks deadlines; called about once a second.
  void tick(Instant now);

  bool on_reply(upstream::Lane& lane, Ticket ticket, std::string_view bytes, bool last) override;
  void on_lost(Ticket ticket, const Refusal& why) override;
  void on_expiry(Ticket ticket, rewrite::Expiry what) override;
  void on_too_slow() override;
  void on_lane_ready() override;
  void on_turn() override;
  upstream::Asker asker(Ticket ticket) const override;
  void on_push(std::string_view bytes) override;
  void on_acknowledged(Ticket ticket) override;
  void on_pinned_lost(const Refusal& why) override;
  void flush() override;

  void on_changed(Ticket ticket) override;
  void on_change_lost(Ticket ticket, const Refusal& why) override;
  void on_message(const resp::PubsubMessage& message, Written* written) override;

  // The client is told what others' reads invalidate: its connection is lost.
  void on_redirect_lost();
  // The fence of what it holds at this backend; null: nothing is fenced.
  std::shared_ptr<upstream::Fence> its_fence(const std::shared_ptr<upstream::Backend>& backend);
  // For another client's CLIENT TRACKING ON REDIRECT: this one is told instead of it.
  void become_redirect(const std::string& backend, const RedirectTarget::Known& known);

  const tenant::ClientState& client() const { return client_; }
  // Null when it is subscribed to nothing.
  const Subscriber* subscriber() const { return subscriber_.get(); }
  std::size_t buffered() const { return accounted_; }
  // Of its tenant; null: it has none.
  const metrics::TenantCounters* counters() const { return counters_; }
  // For CLIENT UNBLOCK: the connection on which the client is blocked, which is then not used
  // again. Null when it is not blocked.
  const upstream::PinnedLane* unblock();

 private:
  // Reading
  Awaitable<void> read_loop();
  Awaitable<error_code> read_while_blocked();
  bool take(error_code error);
  bool may_read() const;
  void resume_reading();

  // Commands
  void process();
  std::int32_t handle_commands(std::int32_t left);
  std::int32_t part_of_turn();
  void line_up(TurnShare& share, bool served);
  bool room_for_more();
  bool handle(const resp::Args& args);
  // A null row: no command is charged with it.
  void refuse(const command::Row* row, const Refusal& refusal);
  void forward(const command::Row& row, request::Forward& forward);
  void expect_miss(const command::Row& row);
  void answer(const command::Row& row, const resp::Args& args);
  void converse(const command::Row& row, const resp::Args& args, bool split);
  Awaitable<void> conversation(const command::Row& row, resp::Args args, bool split);
  void begin_late(const command::Row& row, metrics::FeatureCounters* counters);
  Awaitable<void> wait_and_finish(Milliseconds delay, std::shared_ptr<Buffer> reply);
  void finish_late(std::string_view reply);

  // Transactions
  void queue(request::Plan& plan, const resp::Args& args);
  void begin_transaction(const command::Row& row);
  void discard(const command::Row& row);
  bool exec(const command::Row& row);
  Awaitable<void> execute(const command::Row& row, std::shared_ptr<const Transaction> transaction,
                          boost::intrusive_ptr<upstream::Lane> lane);
  void anticipate(const command::Row& row, const resp::Args& args);
  void spoil_transaction(const command::Row* row);
  void end_transaction();
  metrics::FeatureCounters* counters_of(const request::Plan& plan);
  Result<boost::intrusive_ptr<upstream::Lane>> lane_for(const Transaction& transaction);
  Result<boost::intrusive_ptr<upstream::Lane>> lane_for_scripts(
      const Transaction& transaction, const std::shared_ptr<upstream::Fence>& fence);
  std::optional<Refusal> queue_script(const command::Row& row, const resp::Args& args);

  // What the connection holds upstream (session_pinned.cpp)
  enum Hold : std::uint8_t {
    kBlocked = 1,
    kWatching = 2,
    kSubscribed = 4,
    kTracking = 8,
    kPassing = 16
  };
  bool hold(const command::Row& row, const resp::Args& args);
  bool pass_on();
  bool begin_passage();
  void expire_unseen(const command::Row& row, request::Forward& forward);
  bool end_passage(const resp::Args& args);
  bool watch(const command::Row& row, const resp::Args& args);
  void unwatch(const command::Row& row);
  void forget_watched();
  void submit_pinned(const command::Row& row, const rewrite::TenantCommand& command,
                     metrics::FeatureCounters& counters,
                     upstream::Patience patience = upstream::Patience::zero());
  bool block(const command::Row& row, request::Block& block);
  void end_block();
  void end_wait();
  Awaitable<void> ask_to_unblock(std::int64_t upstream_id);
  Result<void> may_pin() const;
  Result<void> pin(const std::shared_ptr<upstream::Backend>& backend, int db);
  void unpin();
  upstream::Lane& lane_to(const std::shared_ptr<upstream::Backend>& backend, int db);
  upstream::Lane& shared_lane_to(const std::shared_ptr<upstream::Backend>& backend, int db);
  const std::shared_ptr<upstream::Fence>& fence_at(
      const std::shared_ptr<upstream::Backend>& backend);
  bool fences_stand();
  bool must_leave_fence(const command::Row& row, const resp::Args& args) const;
  upstream::Lane& lane_for(const rewrite::TenantCommand& command, route::Place place);
  void let_go(Hold hold);
  bool keeps_names(const tenant::Tenant& after, const request::Snapshot& before) const;

  // Tracking (session_tracking.cpp)
  bool track(const command::Row& row, const resp::Args& args);
  Awaitable<void> change_tracking(resp::Args args);
  Awaitable<Result<void>> begin_tracking(tenant::Tracking after);
  void end_tracking();
  void drop_tracking();
  void speak();
  void head_for(int db);
  void forget_caching();
  Awaitable<Result<std::int64_t>> find_redirect(std::int64_t id, std::string backend);
  Result<void> open_redirect(const std::string& backend);
  void tell_redirect_broken();
  void tell_invalidation(const resp::Invalidation& invalidation);
  void push_unasked(std::string_view bytes);

  // Monitors (session_monitor.cpp)
  bool begin_monitoring(const command::Row& row);
  Awaitable<void> monitor_all();
  void end_monitoring();
  void take_line(std::string_view line);
  void show(const command::Row& row, const resp::Args& args);
  void show(const std::string& words);
  bool is_monitored() const;

  // Subscriptions (session_pubsub.cpp)
  bool change_subscriptions(const command::Row& row, const resp::Args& args, bool subscribe);
  Result<void> may_subscribe(std::size_t more);
  void send_change(Ticket ticket, const request::SubscriptionChange& change);
  void note_subscriptions();
  void drop_subscriptions();
  void pass_on(std::string_view message);
  bool subscriber_too_slow(Instant now);
  request::TenantView tenant_view() const { return {*client_.tenant, snapshot_->router}; }

  // State
  void identify(const tenant::User* user, const tenant::Tenant* tenant);
  void identify_by_connection();
  void follow_bound(const tenant::Directory& directory);
  void note_attempt(const Attempt& attempt);
  void audit_identity(tenant::LoginResult result, std::string_view by, std::string_view name,
                      const tenant::User* user);
  void audit(const command::Row& row, bool queued);
  void audit_refusal(const command::Row& row, const Refusal& refusal);
  Milliseconds delay_after(const Attempt& attempt) const;
  void drop_all_held();
  void leave_tenant();
  void reset();
  void finish(metrics::Closed why);
  bool follow_snapshot();
  void set_limits();
  metrics::FeatureCounters& feature_counters(route::FeatureId feature);
  void check(ReplyQueue::Outcome outcome);
  void reply_with(const command::Row* row, std::string_view bytes);
  bool takes_silence();
  void note_slow(const RequestHead& head, Clock::duration took);
  void set_mode(metrics::ClientMode mode);

  // Writing
  void write_more();
  std::size_t most_output() const;
  void resume_lanes();
  void account();
  void account(std::size_t now);

  Context& context_;
  std::shared_ptr<const request::Snapshot> snapshot_;
  std::shared_ptr<const metrics::Numbering> numbers_;
  upstream::Stream stream_;
  tenant::ClientState client_;
  // Who it is without AUTH: the listener's tenant, or the user that the connection vouches for.
  const tenant::User* bound_user_;
  const tenant::Tenant* bound_tenant_;
  metrics::TenantCounters* counters_ = nullptr;  // of the client's tenant in this worker
  TurnShare* share_ = nullptr;                   // its part of a turn
  TurnShare* lined_up_ = nullptr;                // waits for the next one, and in whose share
  resp::RequestReader reader_;
  resp::RequestLimits limits_{};
  ReplyQueue replies_;
  std::vector<boost::intrusive_ptr<upstream::Lane>> stopped_;  // wait for this client to read
  std::unique_ptr<Transaction> transaction_;                   // between MULTI and EXEC
  std::unique_ptr<Subscriber> subscriber_;                     // while it is subscribed to anything
  boost::intrusive_ptr<upstream::PinnedLane> pinned_;  // carries all commands while it is there
  std::shared_ptr<upstream::Backend> pinned_to_;
  std::shared_ptr<upstream::Fence> fence_;       // of its tenant, where it was last
  boost::intrusive_ptr<RedirectTarget> target_;  // while others' invalidations are told to it
  Buffer behind_;                                // pushes that wait for the reply under way
  const command::Row* carried_ = nullptr;        // of the command that was handled last
  std::optional<Refusal> lost_;                  // watched keys are: the next command is told
  Ticket blocking_ = 0;                          // the reply that the client is blocked for
  std::uint8_t holds_ = 0;                       // bits of Hold
  std::uint32_t passing_ = 0;                    // which argument is passed on while it arrives
  bool fenced_ = false;                          // all its commands go inside the fence
  bool outside_ = false;                // the command at hand cannot be carried out in there
  bool fence_awaited_ = false;          // its user is being made
  bool pin_spoilt_ = false;             // its lane must not be used again
  boost::intrusive_ptr<Session> self_;  // from start() to close()
  std::size_t accounted_ = 0;
  std::size_t read_size_;
  bool shown_ = false;     // to monitors: the command that has to wait
  bool too_slow_ = false;  // does not read what it is pushed: to be closed
  bool crossing_ = false;  // a command over several lanes is under way: later ones wait
  Ticket late_ = 0;        // the reply that a conversation owes
  ReplyMode reply_mode_ = ReplyMode::on;
  metrics::ClientMode mode_ = metrics::ClientMode::active;
  metrics::Closed closing_why_ = metrics::Closed::by_client;
  bool closed_ = false;
  bool closing_ = false;  // when all replies have left
  bool reading_ = false;  // the read loop is running
  bool processing_ = false;
  bool called_ = false;     // its turn in the line has come
  bool stalled_ = false;    // a whole command has arrived that cannot be begun yet
  bool busy_ = false;       // a conversation or a delayed reply is under way
  bool lane_full_ = false;  // waits for room on a lane
  bool writing_ = false;    // the socket is full; a wait is under way
  bool ended_ = false;      // the client sends no more
  bool shrinking_ = false;  // the read is interrupted to give memory back
};

// The sessions of one worker.
struct Sessions : boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>> {};

}  // namespace bulkhead::session
