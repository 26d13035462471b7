// A shared connection to one database of a backend: commands of many clients, pipelined; replies
// come back in the order of its queue. It selects its database in the handshake and never again.
// When the count of replies is in doubt the lane is closed: one reply too many or too few would
// reach the wrong client. Owned by its backend's pool, touched by its worker's thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/log.hpp"
#include "bulkhead/base/ring.hpp"
#include "bulkhead/config/config.hpp"
#include "bulkhead/metrics/counters.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/rewrite/tenant_command.hpp"
#include "bulkhead/upstream/asio.hpp"
#include "bulkhead/upstream/reply_sink.hpp"
#include "bulkhead/upstream/turn.hpp"

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace bulkhead::upstream {

// What lanes share within a worker.
struct Services {
  asio::io_context& context;
  Turn& turn;
  const Log& log;
  std::minstd_rand& random;  // for jitter
};

// What may change while a lane lives: its backend follows the limits of a reload.
struct LaneLimits {
  std::size_t output;              // bytes waiting to be written
  Milliseconds slow_reader_grace;  // for a client that keeps others waiting
};

struct LaneSettings {
  std::shared_ptr<const config::Backend> backend;
  std::shared_ptr<const LaneLimits> limits;
  int db = 0;
  bool resp3 = false;
};

class Lane final : public Flushable {
 public:
  Lane(const Services& services, LaneSettings settings, metrics::BackendCounters& counters);
  ~Lane() override;

  // Connects, and connects again for as long as the lane is not retired.
  void start();

  // Puts the command on the lane. False when the backend is known to be away: nothing was queued.
  bool submit(const rewrite::TenantCommand& command, ReplySink& sink, std::uint64_t ticket);

  // Whether so much waits to be written that clients should not send more. await_room() has
  // on_lane_ready() called when it has passed.
  bool congested() const { return output_.size() > settings_.limits->output; }
  void await_room(ReplySink& sink) { waiting_.emplace_back(&sink); }

  // The sink that stopped the lane takes more.
  void resume();

  // Checks deadlines; called a few times a second.
  void tick(Instant now);

  // No more commands; the connection ends when those under way are answered.
  void retire();

  void flush() override;

  bool ended() const { return state_ == State::ended; }
  const Refusal& down() const { return down_; }
  std::size_t buffered() const { return output_.capacity() + input_.capacity(); }

 private:
  struct Entry {
    boost::intrusive_ptr<ReplySink> sink;
    std::uint64_t ticket = 0;
    Instant sent{};
    std::uint64_t begins = 0;  // where its command stands in all that is written
  };
  enum class State : std::uint8_t { connecting, ready, waiting, ended };

  Awaitable<void> run();
  Awaitable<std::optional<std::string>> connect();
  Awaitable<std::optional<std::string>> shake_hands();
  Awaitable<metrics::Lost> read_replies();
  std::optional<metrics::Lost> deliver();
  void pass_on(std::size_t bytes, bool last);
  void lose_all(metrics::Lost why);
  void close_socket();
  Milliseconds backoff();
  void write_more();
  bool others_wait();

  const Services services_;
  const LaneSettings settings_;
  metrics::BackendCounters& counters_;
  Socket socket_;
  Timer gate_;  // wakes the reader when the lane may go on
  State state_ = State::connecting;
  bool retired_ = false;
  bool writing_ = false;  // the socket is full; a wait is under way
  bool paused_ = false;
  bool mid_reply_ = false;
  std::optional<metrics::Lost> ended_by_;  // by ourselves, and why
  int failures_ = 0;                       // connections in a row that came to nothing
  Instant deadline_{};                     // of the connection attempt
  Instant progress_{};                     // when bytes came last
  Instant paused_since_{};
  boost::intrusive_ptr<ReplySink> paused_by_;
  Buffer output_;
  std::uint64_t written_ = 0;  // bytes of output_ that this connection has taken
  Buffer input_;
  std::size_t scanned_ = 0;  // bytes at the front of input_ that belong to the reply under way
  resp::ReplyScanner scanner_;
  Ring<Entry> queue_;
  std::vector<boost::intrusive_ptr<ReplySink>> waiting_;  // for room
  Refusal down_;  // what clients are told while the backend is away
};

}  // namespace bulkhead::upstream
