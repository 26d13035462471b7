#include "bulkhead/upstream/lane.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/upstream/connect.hpp"
#include "bulkhead/upstream/fence.hpp"
#include "handshake.hpp"
#include "lost.hpp"

#include <algorithm>

namespace bulkhead::upstream {
namespace {

using metrics::Lost;

constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr std::size_t kReadOfLong = 256 * 1024;  // when a long reply is under way
constexpr std::size_t kKeptOutput = 256 * 1024;
// A reply that is longer is handed on in pieces, a shorter one whole.
constexpr std::size_t kStreamFrom = 16 * 1024;

// Takes the replies to commands that were given up.
class Nobody final : public ReplySink {
 public:
  bool on_reply(Lane&, std::uint64_t, std::string_view, bool) override { return true; }
  void on_lost(std::uint64_t, const Refusal&) override {}
  void on_too_slow() override {}
  void on_lane_ready() override {}
  void flush() override {}
};

}  // namespace

Lane::Lane(const Services& services, LaneSettings settings, metrics::BackendCounters& counters)
    : services_(services),
      settings_(std::move(settings)),
      counters_(counters),
      stream_(services.context.get_executor()),
      gate_(services.context.get_executor()),
      down_(refuse::backend_down(settings_.backend->name, sentence(Lost::handshake))) {}

Lane::~Lane() = default;

void Lane::close_stream() {
  stream_.close();
  gate_.cancel();
}

void Lane::resume() {
  if (!paused_) return;
  paused_ = false;
  paused_by_.reset();
  progress_ = resumed_ = services_.turn.now();
  gate_.cancel();
}

void Lane::end_by(Lost why) {
  ended_by_ = why;
  close_stream();
}

void Lane::pop_entry() {
  counters_.round_trip.observe(services_.turn.now() - queue_.front().sent);
  counters_.queue.add(-1);
  queue_.pop();
}

// Hands on a reply or a piece of one, for which so many bytes of input_ have been read.
void Lane::pass_on(std::string_view bytes, std::size_t read, bool whole, bool last) {
  const Entry& entry = queue_.front();
  if (settings_.fence != nullptr && whole && bytes[0] == '-' && !mid_reply_) {
    bytes = settings_.fence->judge(bytes, *entry.sink, entry.ticket);
  }
  const bool more = entry.sink->on_reply(*this, entry.ticket, bytes, last);
  input_.consume(read);
  scanned_ = 0;
  mid_reply_ = !last;
  if (!more) {
    // Slow readers in a row have one grace between them: who waits behind them waits for one.
    if (too_slow_ == nullptr && !grace_is_spent()) paused_since_ = services_.turn.now();
    paused_ = true;
    paused_by_ = entry.sink;
  }
  if (!last) return;
  if (more && entry.sink.get() != too_slow_) too_slow_ = nullptr;
  pop_entry();
  if (queue_.empty()) {
    too_slow_ = nullptr;
    closed_slow_ = false;
  }
  scanner_.reset();
}

std::optional<Lost> Lane::deliver() {
  while (!input_.empty() && !paused_) {
    if (ended_by_) return ended_by_;
    // What comes before the command has been written is no reply to it.
    const bool asked = mid_reply_ || (!queue_.empty() && queue_.front().begins < written_);
    const bool run = asked && queue_.front().following != nullptr;
    const char type = *input_.data();
    const bool push = !mid_reply_ && may_push(type) && !(run && type == '*');
    if (!asked && !push) return Lost::surplus_reply;
    if (run && !push) {
      if (run_.over()) begin_run();
      if (!run_.expects_answer()) {
        const std::size_t before = input_.size();
        if (const auto lost = take_line_of_run()) return lost;
        if (input_.size() == before) return std::nullopt;  // there is more to come of it
        continue;
      }
    }
    scanned_ += scanner_.scan(input_.view().substr(scanned_));
    switch (scanner_.status()) {
      case resp::ReplyScanner::Status::malformed:
        return Lost::protocol;
      case resp::ReplyScanner::Status::complete:
        if (push && take_push(input_.view().substr(0, scanned_))) {
          input_.consume(std::exchange(scanned_, 0));
          scanner_.reset();
          break;
        }
        if (!asked || (!mid_reply_ && type == '>')) return Lost::surplus_reply;
        pass_on(input_.view().substr(0, scanned_), scanned_, true, !run);
        if (run) {
          run_.answered();
          scanner_.reset();
        }
        break;
      case resp::ReplyScanner::Status::partial:
        if (push && scanned_ > settings_.limits->push) return Lost::protocol;
        if (!push && scanned_ >= kStreamFrom) {
          pass_on(input_.view().substr(0, scanned_), scanned_, false, false);
        }
        return std::nullopt;
    }
  }
  return std::nullopt;
}

Awaitable<Lost> Lane::read_replies() {
  for (;;) {
    while (paused_) {
      gate_.expires_at(Instant::max());
      co_await gate_.async_wait(kAwait);
      if (!stream_.is_open()) co_return ended_by_.value_or(Lost::by_backend);
      if (auto lost = deliver_and_go_on()) co_return *lost;
    }
    if (retired_ && nothing_queued()) co_return Lost::retired;
    char* const to = input_.prepare(mid_reply_ ? kReadOfLong : kReadAtOnce);
    auto [error, n] = co_await stream_.async_read_some(asio::buffer(to, input_.room()), kAwait);
    if (error) co_return ended_by_.value_or(Lost::by_backend);
    input_.commit(n);
    progress_ = services_.turn.now();
    if (auto lost = deliver_and_go_on()) co_return *lost;
    input_.release_if_larger_than(kReadOfLong);
  }
}

Trouble Lane::trouble(Trouble::Kind kind, error_code error) const {
  if (late_) return {Trouble::Kind::late, "no answer in time"};
  const bool ours = shut_ || stopped() || error == asio::error::no_descriptors ||
                    error == boost::system::errc::too_many_files_open_in_system;
  return {ours ? Trouble::Kind::ours : kind, error.message()};
}

// As a tenant's user: it is made first, and made anew when the backend has forgotten it.
Awaitable<std::optional<Trouble>> Lane::enter(int db, bool resp3, std::string* id) {
  Fence* const fence = settings_.fence.get();
  for (bool again = false;; again = true) {
    state_ = State::connecting;
    deadline_ = Instant::max();
    std::optional<std::string> no_user;
    if (fence != nullptr) no_user = co_await fence->put_up();
    if (stopped()) co_return Trouble{Trouble::Kind::ours, "given up"};
    if (no_user) co_return Trouble{Trouble::Kind::refused, *no_user};
    Handshake hands(*settings_.backend, db, resp3, fence);
    if (id != nullptr) hands.ask_id();
    const auto trouble = co_await connect(std::move(hands.bytes), hands.replies, id);
    if (!trouble || fence == nullptr || again || !trouble->what.starts_with("WRONGPASS")) {
      co_return trouble;
    }
    fence->doubt();
    close_stream();
    input_.clear();
  }
}

Awaitable<std::optional<Trouble>> Lane::connect(std::string handshake, int replies,
                                                std::string* last_reply) {
  using Kind = Trouble::Kind;
  late_ = false;
  deadline_ = Clock::now() + settings_.backend->connect_timeout;
  const error_code error = co_await connect_to(settings_.backend->address, stream_.socket());
  if (error) co_return trouble(Kind::unreachable, error);
  if (const error_code failed = co_await write_all(stream_, handshake)) {
    co_return trouble(Kind::unreachable, failed);
  }
  resp::ReplyScanner scanner;
  std::size_t scanned = 0;
  while (replies != 0) {
    scanned += scanner.scan(input_.view().substr(scanned));
    if (scanner.status() == resp::ReplyScanner::Status::complete) {
      const std::string_view reply = input_.view().substr(0, scanned);
      if (reply[0] == '-') {
        co_return Trouble{Kind::refused, std::string(reply.substr(1, reply.size() - 3))};
      }
      if (last_reply != nullptr) *last_reply = reply;
      input_.consume(std::exchange(scanned, 0));
      scanner.reset();
      --replies;
      continue;
    }
    if (scanner.status() == resp::ReplyScanner::Status::malformed) {
      co_return Trouble{Kind::unreachable, "no RESP"};
    }
    char* const to = input_.prepare(kReadAtOnce);
    auto [read_error, n] =
        co_await stream_.async_read_some(asio::buffer(to, input_.room()), kAwait);
    if (read_error) co_return trouble(Kind::unreachable, read_error);
    input_.commit(n);
  }
  co_return std::nullopt;
}

// Carries commands until the connection ends.
Awaitable<Lost> Lane::serve() {
  state_ = State::ready;
  progress_ = Clock::now();
  const auto surplus = deliver();  // behind the handshake's replies
  if (surplus) co_return *surplus;
  flush();
  co_return co_await read_replies();
}

// Takes out of the queue what may be sent on the next connection: not a byte of it was offered to
// this one. Their bytes go to `bytes`, and they begin where they stand in there.
Ring<Entry> Lane::take_unsent(Buffer& bytes) {
  Ring<Entry> unsent, rest;
  const std::uint64_t end = written_ + output_.size();
  for (; !queue_.empty(); queue_.pop()) {
    Entry& entry = queue_.front();
    if (entry.begins < std::max(offered_, written_)) {
      rest.push(std::move(entry));
      continue;
    }
    const std::uint64_t ends = queue_.size() > 1 ? queue_[1].begins : end;
    const std::string_view command =
        output_.view().substr(static_cast<std::size_t>(entry.begins - written_),
                              static_cast<std::size_t>(ends - entry.begins));
    entry.begins = bytes.size();
    bytes.append(command);
    unsent.push(std::move(entry));
  }
  std::swap(queue_, rest);
  return unsent;
}

void Lane::lose_all(Lost why, bool keep) {
  ended_by_.reset();
  counters_.lost[static_cast<std::size_t>(why)].add();
  down_ = refuse::backend_down(settings_.backend->name, sentence(why));
  Buffer kept_output;
  Ring<Entry> kept;
  if (keep) kept = take_unsent(kept_output);
  output_.clear();
  if (!kept_output.empty()) output_.swap(kept_output);
  written_ = offered_ = 0;
  input_.clear();
  scanned_ = 0;
  mid_reply_ = paused_ = false;
  paused_by_.reset();
  scanner_.reset();
  run_ = {};
  Ring<Entry> lost;
  std::swap(lost, queue_);
  std::swap(kept, queue_);
  counters_.queue.add(-static_cast<std::int64_t>(lost.size()));
  if (!keep) line_.clear(lost);
  for (; !lost.empty(); lost.pop()) lost.front().sink->on_lost(lost.front().ticket, down_);
  for (auto& sink : std::exchange(waiting_, {})) sink->on_lane_ready();
}

// Answers commands whose deadline has passed; whatever comes for them yet is for nobody. The lane
// itself goes on: others behind them may still be in time.
void Lane::give_up_overdue(Instant now) {
  const Milliseconds deadline = settings_.backend->command_deadline;
  // What a client waits for because it does not read itself is not late.
  if (deadline.count() == 0 || paused_ || now - resumed_ <= deadline) return;
  if (now - queue_.front().sent <= deadline) return;
  if (nobody_ == nullptr) nobody_ = new Nobody;
  for (std::size_t i = mid_reply_ ? 1 : 0; i < queue_.size(); ++i) {
    Entry& entry = queue_[i];
    if (now - entry.sent <= deadline) return;
    if (entry.sink == nobody_) continue;
    const auto sink = std::exchange(entry.sink, nobody_);
    counters_.overdue.add();
    sink->on_lost(entry.ticket,
                  refuse::backend_down(settings_.backend->name, sentence(Lost::timeout)));
  }
}

// Whether somebody has waited since the last slow reader had its grace: many of them, with replies
// of others in between, have one grace as well.
bool Lane::grace_is_spent() const {
  if (!closed_slow_) return false;
  for (std::size_t i = 1; i < queue_.size(); ++i) {
    if (queue_[i].sink != queue_.front().sink && queue_[i].sent <= paused_since_) return true;
  }
  return false;
}

// Behind the client that stopped the lane. Its own commands may wait as long as it likes.
bool Lane::others_wait() const {
  if (!line_.empty()) return true;
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (queue_[i].sink != paused_by_) return true;
  }
  return false;
}

void Lane::tick(Instant now) {
  // Not after each write: what many clients send in one turn is sent again in the next.
  output_.release_if_larger_than(kKeptOutput);
  tick_share();
  if (state_ == State::connecting && now > deadline_) {
    late_ = true;
    return close_stream();
  }
  if (state_ != State::ready || queue_.empty()) return;
  if (paused_) {
    if (now - paused_since_ > settings_.limits->slow_reader_grace && others_wait()) {
      const auto slow = paused_by_;
      too_slow_ = slow.get();
      closed_slow_ = true;
      slow->on_too_slow();
      resume();
    }
    return;
  }
  const Entry& front = queue_.front();
  if (front.patience == kForever) return;
  if (now - std::max(front.sent, progress_) > settings_.backend->command_timeout + front.patience) {
    end_by(Lost::timeout);
  }
}

}  // namespace bulkhead::upstream
