#include "bulkhead/upstream/lane.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/writer.hpp"
#include "bulkhead/upstream/connect.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace bulkhead::upstream {
namespace {

using metrics::Lost;

constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr std::size_t kKeptOutput = 256 * 1024;
// A reply that is longer is handed on in pieces, a shorter one whole.
constexpr std::size_t kStreamFrom = 16 * 1024;

std::string_view sentence(Lost why) {
  switch (why) {
    case Lost::by_backend:
      return "closed the connection";
    case Lost::timeout:
      return "did not answer in time";
    case Lost::protocol:
      return "sent what is no reply";
    case Lost::surplus_reply:
      return "sent a reply that nobody asked for";
    case Lost::handshake:
      return "cannot be reached";
    case Lost::retired:
      return "is no longer configured";
  }
  return "is away";
}

// HELLO and AUTH in one where the lane speaks RESP3, then the database: once and for all.
int write_handshake(const config::Backend& backend, int db, bool resp3, Buffer& out) {
  int replies = 0;
  const bool authenticate = !backend.password.empty();
  const std::string user = backend.username.empty() ? "default" : backend.username;
  if (resp3) {
    resp::write_array_header(out, authenticate ? 5 : 2);
    resp::write_bulk(out, "HELLO");
    resp::write_bulk(out, "3");
    if (authenticate) resp::write_bulk(out, "AUTH");
    ++replies;
  } else if (authenticate) {
    resp::write_array_header(out, 3);
    resp::write_bulk(out, "AUTH");
    ++replies;
  }
  if (authenticate) {
    resp::write_bulk(out, user);
    resp::write_bulk(out, backend.password);
  }
  resp::write_array_header(out, 2);
  resp::write_bulk(out, "SELECT");
  resp::write_bulk(out, std::to_string(db));
  return replies + 1;
}

}  // namespace

Lane::Lane(const Services& services, LaneSettings settings, metrics::BackendCounters& counters)
    : services_(services),
      settings_(std::move(settings)),
      counters_(counters),
      socket_(services.context.get_executor()),
      gate_(services.context.get_executor()),
      down_(refuse::backend_down(settings_.backend->name, sentence(Lost::handshake))) {}

Lane::~Lane() = default;

void Lane::start() {
  asio::co_spawn(
      services_.context, [self = boost::intrusive_ptr<Lane>(this)] { return self->run(); },
      asio::detached);
}

bool Lane::submit(const rewrite::TenantCommand& command, ReplySink& sink, std::uint64_t ticket) {
  if (state_ == State::waiting || state_ == State::ended || retired_) return false;
  const std::uint64_t begins = written_ + output_.size();
  command.append_to(output_);
  queue_.push({boost::intrusive_ptr<ReplySink>(&sink), ticket, services_.turn.now(), begins});
  counters_.queue.add(1);
  services_.turn.dirty(*this);
  return true;
}

void Lane::flush() {
  if (state_ == State::ready && !writing_) write_more();
}

void Lane::write_more() {
  while (!output_.empty()) {
    error_code error;
    const std::size_t n = socket_.write_some(asio::buffer(output_.data(), output_.size()), error);
    output_.consume(n);
    written_ += n;
    if (error == asio::error::would_block || error == asio::error::try_again) {
      writing_ = true;
      socket_.async_wait(Socket::wait_write, [self = boost::intrusive_ptr<Lane>(this)](error_code) {
        self->writing_ = false;
        self->flush();
      });
      break;
    }
    if (error) return close_socket();  // the reader sees it, too, and ends the lane
  }
  if (waiting_.empty() || output_.size() > settings_.limits->output / 2) return;
  for (auto& sink : std::exchange(waiting_, {})) sink->on_lane_ready();
}

void Lane::close_socket() {
  error_code ignored;
  socket_.close(ignored);
  gate_.cancel();
}

void Lane::resume() {
  if (!paused_) return;
  paused_ = false;
  paused_by_.reset();
  progress_ = services_.turn.now();
  gate_.cancel();
}

// Hands on the first bytes of input_, a reply or a piece of one.
void Lane::pass_on(std::size_t bytes, bool last) {
  const Entry& entry = queue_.front();
  const bool more = entry.sink->on_reply(*this, entry.ticket, input_.view().substr(0, bytes), last);
  input_.consume(bytes);
  scanned_ = 0;
  mid_reply_ = !last;
  if (!more) {
    paused_ = true;
    paused_by_ = entry.sink;
    paused_since_ = services_.turn.now();
  }
  if (!last) return;
  counters_.round_trip.observe(services_.turn.now() - entry.sent);
  counters_.queue.add(-1);
  queue_.pop();
  scanner_.reset();
}

std::optional<Lost> Lane::deliver() {
  while (!input_.empty() && !paused_) {
    // Neither a RESP3 push, for nothing on a shared lane asks for one, nor what comes before the
    // command has been written is a reply to it.
    const bool asked = mid_reply_ || (!queue_.empty() && *input_.data() != '>' &&
                                      queue_.front().begins < written_);
    if (!asked) return Lost::surplus_reply;
    scanned_ += scanner_.scan(input_.view().substr(scanned_));
    switch (scanner_.status()) {
      case resp::ReplyScanner::Status::malformed:
        return Lost::protocol;
      case resp::ReplyScanner::Status::complete:
        pass_on(scanned_, true);
        break;
      case resp::ReplyScanner::Status::partial:
        if (scanned_ >= kStreamFrom) pass_on(scanned_, false);
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
      if (!socket_.is_open()) co_return ended_by_.value_or(Lost::by_backend);
      if (auto lost = deliver()) co_return *lost;
    }
    if (retired_ && queue_.empty()) co_return Lost::retired;
    char* const to = input_.prepare(kReadAtOnce);
    auto [error, n] = co_await socket_.async_read_some(asio::buffer(to, input_.room()), kAwait);
    if (error) co_return ended_by_.value_or(Lost::by_backend);
    input_.commit(n);
    progress_ = services_.turn.now();
    if (auto lost = deliver()) co_return *lost;
    input_.release_if_larger_than(kReadAtOnce * 4);
  }
}

// What went wrong, or nothing.
Awaitable<std::optional<std::string>> Lane::shake_hands() {
  Buffer out;
  int replies = write_handshake(*settings_.backend, settings_.db, settings_.resp3, out);
  auto [write_error, written] =
      co_await asio::async_write(socket_, asio::buffer(out.data(), out.size()), kAwait);
  if (write_error) co_return write_error.message();
  resp::ReplyScanner scanner;
  std::size_t scanned = 0;
  while (replies != 0) {
    scanned += scanner.scan(input_.view().substr(scanned));
    if (scanner.status() == resp::ReplyScanner::Status::complete) {
      const std::string_view reply = input_.view().substr(0, scanned);
      if (reply[0] == '-') co_return std::string(reply.substr(1, reply.size() - 3));
      input_.consume(std::exchange(scanned, 0));
      scanner.reset();
      --replies;
      continue;
    }
    if (scanner.status() == resp::ReplyScanner::Status::malformed) co_return "no RESP";
    char* const to = input_.prepare(kReadAtOnce);
    auto [error, n] = co_await socket_.async_read_some(asio::buffer(to, input_.room()), kAwait);
    if (error) co_return error.message();
    input_.commit(n);
  }
  co_return std::nullopt;
}

Awaitable<std::optional<std::string>> Lane::connect() {
  state_ = State::connecting;
  deadline_ = Clock::now() + settings_.backend->connect_timeout;
  const error_code error = co_await connect_to(settings_.backend->address, socket_);
  if (error) co_return error.message();
  co_return co_await shake_hands();
}

Milliseconds Lane::backoff() {
  const auto& backend = *settings_.backend;
  Milliseconds wait = backend.reconnect_min;
  for (int i = 1; i < failures_ && wait < backend.reconnect_max; ++i) wait *= 2;
  wait = std::min(wait, backend.reconnect_max);
  // Half of it is left to chance, so that a fleet does not come back in step.
  const auto half = std::max<Milliseconds::rep>(1, wait.count() / 2);
  return Milliseconds(
      half + static_cast<Milliseconds::rep>(services_.random() % static_cast<unsigned>(half + 1)));
}

void Lane::lose_all(Lost why) {
  counters_.lost[static_cast<std::size_t>(why)].add();
  down_ = refuse::backend_down(settings_.backend->name, sentence(why));
  output_.clear();
  written_ = 0;
  input_.clear();
  scanned_ = 0;
  mid_reply_ = paused_ = false;
  paused_by_.reset();
  scanner_.reset();
  Ring<Entry> lost;
  std::swap(lost, queue_);
  counters_.queue.add(-static_cast<std::int64_t>(lost.size()));
  for (; !lost.empty(); lost.pop()) lost.front().sink->on_lost(lost.front().ticket, down_);
  for (auto& sink : std::exchange(waiting_, {})) sink->on_lane_ready();
}

Awaitable<void> Lane::run() {
  const std::string& name = settings_.backend->name;
  while (!retired_ || !queue_.empty()) {
    ended_by_.reset();
    const auto problem = co_await connect();
    Lost why = Lost::handshake;
    if (problem) {
      counters_.connects_failed.add();
      ++failures_;
      services_.log.warning("lane_connect_failed",
                            {{"backend", name}, {"db", settings_.db}, {"problem", *problem}});
    } else {
      counters_.connects.add();
      counters_.lanes_shared.add(1);
      failures_ = 1;
      state_ = State::ready;
      progress_ = Clock::now();
      const auto surplus = deliver();  // behind the handshake's replies
      if (!surplus) flush();
      why = surplus ? *surplus : co_await read_replies();
      counters_.lanes_shared.add(-1);
      if (why != Lost::retired) {
        services_.log.warning("lane_lost", {{"backend", name},
                                            {"db", settings_.db},
                                            {"waiting", queue_.size()},
                                            {"reason", sentence(why)}});
      }
    }
    close_socket();
    state_ = State::waiting;
    lose_all(why);
    if (retired_) break;
    gate_.expires_after(backoff());
    co_await gate_.async_wait(kAwait);
  }
  state_ = State::ended;
}

void Lane::retire() {
  retired_ = true;
  down_ = refuse::backend_down(settings_.backend->name, sentence(Lost::retired));
  if (queue_.empty()) {  // otherwise when it is, also if it is only connecting yet
    ended_by_ = Lost::retired;
    close_socket();
  }
}

// Behind the client that stopped the lane. Its own commands may wait as long as it likes.
bool Lane::others_wait() {
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (queue_[i].sink != paused_by_) return true;
  }
  return false;
}

void Lane::tick(Instant now) {
  // Not after each write: what many clients send in one turn is sent again in the next.
  output_.release_if_larger_than(kKeptOutput);
  if (state_ == State::connecting && now > deadline_) return close_socket();
  if (state_ != State::ready) return;
  if (retired_ && queue_.empty()) return retire();
  if (queue_.empty()) return;
  if (paused_) {
    if (now - paused_since_ > settings_.limits->slow_reader_grace && others_wait()) {
      const auto slow = paused_by_;
      slow->on_too_slow();
      resume();
    }
    return;
  }
  if (now - std::max(queue_.front().sent, progress_) > settings_.backend->command_timeout) {
    ended_by_ = Lost::timeout;
    close_socket();
  }
}

}  // namespace bulkhead::upstream
