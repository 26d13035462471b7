// One upstream connection: commands go out pipelined, replies come back in the order of its queue.
// What shared and pinned lanes have in common; how they begin, end and take what nobody asked for
// is theirs. When the count of replies is in doubt a lane is closed: one reply too many or too few
// would reach the wrong client.
//
// A shared lane has a bounded part of its commands with the backend; the others wait here, where
// they can still be overtaken. As long as one tenant alone uses the lane they wait in the output,
// as they would without a bound; when another one comes, in a FairQueue. Touched by its worker's
// thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/log.hpp"
#include "bulkhead/base/ring.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/metrics/counters.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/rewrite/batch.hpp"
#include "bulkhead/rewrite/tenant_command.hpp"
#include "bulkhead/upstream/asio.hpp"
#include "bulkhead/upstream/entry.hpp"
#include "bulkhead/upstream/fair_queue.hpp"
#include "bulkhead/upstream/health.hpp"
#include "bulkhead/upstream/reply_sink.hpp"
#include "bulkhead/upstream/run_replies.hpp"
#include "bulkhead/upstream/stream.hpp"
#include "bulkhead/upstream/turn.hpp"
#include "bulkhead/upstream/window.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::upstream {

class Fence;

// What lanes share within a worker.
struct Services {
  asio::io_context& context;
  Turn& turn;
  const Log& log;
  std::minstd_rand& random;  // for jitter
};

// What may change while a lane lives: its backend follows the limits of a reload.
struct LaneLimits {
  std::size_t output = 0;            // bytes waiting to be written
  Milliseconds slow_reader_grace{};  // for a client that keeps others waiting
  std::size_t push = 0;              // bytes of one message
  std::size_t in_flight = 0;         // cost of what is with the backend; 0: no bound
};

struct LaneSettings {
  std::shared_ptr<const config::Backend> backend;
  std::shared_ptr<const LaneLimits> limits;
  int db = 0;
  bool resp3 = false;
  // Whose ACL user it authenticates as; null: the backend's configured user.
  std::shared_ptr<Fence> fence{};
  bool fair = false;                 // many tenants' commands, so that each has its share
  std::shared_ptr<Health> health{};  // that is told of losses; none: nobody's business
};

// Why no connection came about.
struct Trouble {
  enum class Kind : std::uint8_t {
    unreachable,
    late,     // no answer in time
    refused,  // an error: wrong password, no such database
    ours,     // out of descriptors, or told to stop
  };
  Kind kind;
  std::string what;
};

// What goes with the command; null when it goes alone.
Entry::Verdicts verdicts_on(const rewrite::TenantCommand& command);

class Lane : public Flushable {
 public:
  ~Lane() override;

  // Puts the command on the lane. False when the backend is known to be away: nothing was queued.
  bool submit(const rewrite::TenantCommand& command, ReplySink& sink, std::uint64_t ticket,
              Patience patience = Patience::zero());
  // Puts all of them on the lane, nothing between them; their tickets count up from `first`.
  bool submit(const rewrite::Batch& batch, ReplySink& sink, std::uint64_t first);

  // Whether so much waits to be written that this client should not send more. await_room() has
  // on_lane_ready() called when it has passed.
  bool congested(const ReplySink& sink) const {
    return shared_ ? congested_for(sink.payer()) : output_.size() > room();
  }
  void await_room(ReplySink& sink) { waiting_.emplace_back(&sink); }

  // The sink that stopped the lane takes more.
  void resume();

  // Checks deadlines; called a few times a second.
  virtual void tick(Instant now);

  void flush() override;

  bool ended() const { return state_ == State::ended; }
  // Null on a lane of the proxy's own user.
  const Fence* fence() const { return settings_.fence.get(); }
  const std::string& backend_name() const { return settings_.backend->name; }
  const Refusal& down() const { return down_; }
  std::size_t buffered() const { return output_.capacity() + input_.capacity() + line_.buffered(); }

 protected:
  enum class State : std::uint8_t { connecting, ready, waiting, ended };

  Lane(const Services& services, LaneSettings settings, metrics::BackendCounters& counters);

  // Whether a value that begins so may be one that nobody asked for, or an acknowledgement.
  virtual bool may_push(char type) const = 0;
  // Takes such a value, which is whole; false: it is an ordinary reply.
  virtual bool take_push(std::string_view value) = 0;

  // Connects and shakes hands; what went wrong, or nothing. With `id` the backend tells its id.
  Awaitable<std::optional<Trouble>> enter(int db, bool resp3, std::string* id);
  Awaitable<metrics::Lost> serve();
  void queue(ReplySink& sink, std::uint64_t ticket, std::uint64_t begins, Patience patience,
             std::uint32_t acknowledgements = 0);
  void pop_entry();
  // Nothing is under way.
  bool nothing_queued() const { return queue_.empty() && output_.empty() && line_.empty(); }
  // Every command under way is answered with an error; but what was surely never sent waits for the
  // next connection, if `keep`.
  void lose_all(metrics::Lost why, bool keep = false);
  void give_up_overdue(Instant now);
  void end_by(metrics::Lost why);
  // It has been told to end.
  bool stopped() const { return ended_by_.has_value(); }
  void close_stream();

  const Services services_;
  const LaneSettings settings_;
  metrics::BackendCounters& counters_;
  Stream stream_;
  Timer gate_;  // wakes the reader when the lane may go on
  State state_ = State::connecting;
  bool retired_ = false;
  bool shut_ = false;   // the backend's breaker is not closed
  Instant progress_{};  // when bytes came last
  Ring<Entry> queue_;
  Buffer output_;
  std::uint64_t written_ = 0;    // bytes of output_ that this connection has taken
  std::size_t room_ = SIZE_MAX;  // what output_ may hold, if less than the limit
  Refusal down_;                 // what clients are told while the backend is away

 private:
  Awaitable<std::optional<Trouble>> connect(std::string handshake, int replies,
                                            std::string* last_reply);
  Awaitable<metrics::Lost> read_replies();
  std::optional<metrics::Lost> deliver();
  Ring<Entry> take_unsent(Buffer& bytes);
  Trouble trouble(Trouble::Kind kind, error_code error) const;
  void begin_run();
  std::optional<metrics::Lost> take_line_of_run();
  void judge(std::string_view line);
  void pass_on(std::string_view bytes, std::size_t read, bool whole, bool last);
  void write_more();
  bool others_wait() const;
  bool grace_is_spent() const;

  // Who may send, and when (lane_share.cpp)
  bool bounded() const { return settings_.fair && settings_.limits->in_flight != 0; }
  std::size_t room() const { return std::min(settings_.limits->output, room_); }
  bool goes_at_once(const ReplySink& sink) {
    return sink.payer().tenant == alone_ || admits(sink.payer());
  }
  bool admits(const Payer& payer);
  std::size_t window() const { return window_.size(settings_.limits->in_flight); }
  std::size_t in_flight() const;
  std::size_t sendable() const;
  std::size_t sendable_entries() const;
  void share();
  void take_turns();
  void tick_share();
  bool congested_for(const Payer& payer) const;
  void wake_waiting();
  std::optional<metrics::Lost> deliver_and_go_on();

  bool writing_ = false;  // the socket is full; a wait is under way
  bool paused_ = false;
  bool mid_reply_ = false;
  bool closed_slow_ = false;                // a slow reader, since the queue was empty
  std::optional<metrics::Lost> ended_by_;   // by ourselves, and why
  Instant deadline_{};                      // of the connection attempt
  bool late_ = false;                       // it has passed
  boost::intrusive_ptr<ReplySink> nobody_;  // swallows the replies to commands that were given up
  Instant paused_since_{};
  Instant resumed_{};
  boost::intrusive_ptr<ReplySink> paused_by_;
  const ReplySink* too_slow_ = nullptr;  // was closed; no whole reply has gone to another since
  Buffer input_;
  std::size_t scanned_ = 0;  // bytes at the front of input_ that belong to the reply under way
  resp::ReplyScanner scanner_;
  RunReplies run_;  // when the command in front has others behind it
  std::vector<boost::intrusive_ptr<ReplySink>> waiting_;  // for room
  // The only one who has sent anything of late; `this`, which is no tenant: there are several.
  const void* alone_ = this;
  bool shared_ = false;           // there are
  const void* sent_last_ = this;  // while there are: who has
  int alone_for_ = 0;             // and how many ticks it was the only one
  Window window_;
  std::uint64_t offered_ = 0;  // up to where the stream was asked to write
  FairQueue line_;             // what waits while there are several
};

}  // namespace bulkhead::upstream
