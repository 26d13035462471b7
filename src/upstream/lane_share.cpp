// Which commands of a lane are sent, and when: at most a window's worth at a time is with the
// backend, and of what waits each tenant has its share.
#include "bulkhead/upstream/lane.hpp"

namespace bulkhead::upstream {
namespace {

using metrics::Lost;

constexpr int kAloneAfter = 10;  // ticks without another tenant

}  // namespace

void Lane::queue(ReplySink& sink, std::uint64_t ticket, std::uint64_t begins, Patience patience,
                 std::uint32_t acknowledgements) {
  queue_.push({boost::intrusive_ptr<ReplySink>(&sink), ticket, services_.turn.now(), begins,
               patience, acknowledgements});
  counters_.queue.add(1);
}

bool Lane::submit(const rewrite::TenantCommand& command, ReplySink& sink, std::uint64_t ticket,
                  Patience patience) {
  if (state_ == State::waiting || state_ == State::ended || retired_ || shut_) return false;
  if (goes_at_once(sink)) {
    const std::uint64_t begins = written_ + output_.size();
    command.append_to(output_);
    queue(sink, ticket, begins, patience);
    if (command.expiries() != nullptr) queue_.back().following = verdicts_on(command);
  } else {
    FairQueue::Flow& flow = line_.flow(sink.payer());
    const std::uint64_t begins = flow.end();
    command.append_to(flow.bytes());
    Entry entry{&sink, ticket, services_.turn.now(), begins, patience};
    if (command.expiries() != nullptr) entry.following = verdicts_on(command);
    line_.push(flow, std::move(entry));
    line_.written(flow, begins);
  }
  services_.turn.dirty(*this);
  return true;
}

bool Lane::submit(const rewrite::Batch& batch, ReplySink& sink, std::uint64_t first) {
  if (state_ == State::waiting || state_ == State::ended || retired_ || shut_) return false;
  // All have the beginning of the first: nothing comes between them.
  if (goes_at_once(sink)) {
    const std::uint64_t begins = written_ + output_.size();
    output_.append(batch.bytes());
    for (std::uint32_t i = 0; i < batch.commands(); ++i) {
      queue(sink, first + i, begins, Patience::zero());
    }
  } else {
    FairQueue::Flow& flow = line_.flow(sink.payer());
    const std::uint64_t begins = flow.end();
    flow.bytes().append(batch.bytes());
    for (std::uint32_t i = 0; i < batch.commands(); ++i) {
      line_.push(flow, {&sink, first + i, services_.turn.now(), begins, Patience::zero()});
    }
    line_.written(flow, begins);
  }
  services_.turn.dirty(*this);
  return true;
}

// ---- Who may

// For all but the one who was alone here until now.
bool Lane::admits(const Payer& payer) {
  if (!bounded()) {
    // Those who wait since there was a bound go first.
    return line_.empty();
  }
  if (!shared_ && (alone_ == this || nothing_queued())) {
    alone_ = payer.tenant;
    return true;
  }
  if (!shared_) share();
  if (payer.tenant != std::exchange(sent_last_, payer.tenant)) alone_for_ = 0;
  return line_.empty() && in_flight() < window();
}

// What the one who was alone here has waiting in the output goes where all wait.
void Lane::share() {
  shared_ = true;
  sent_last_ = alone_;
  alone_ = this;
  const std::size_t kept = sendable_entries();
  if (kept == queue_.size()) return;
  const std::uint64_t cut = queue_[kept].begins;
  FairQueue::Flow& flow = line_.flow(queue_[kept].sink->payer());
  const std::uint64_t end = flow.end();
  const auto stays = static_cast<std::size_t>(cut - written_);
  flow.bytes().append(output_.view().substr(stays));
  output_.truncate(stays);
  for (std::size_t i = kept; i < queue_.size(); ++i) {
    queue_[i].begins += end - cut;
    line_.push(flow, std::move(queue_[i]));
  }
  line_.written(flow, end);
  counters_.queue.add(static_cast<std::int64_t>(kept) - static_cast<std::int64_t>(queue_.size()));
  while (queue_.size() > kept) queue_.pop_back();
}

// When only one tenant has used the lane for a while, it has it for itself again.
void Lane::tick_share() {
  line_.tick();
  if (!shared_ || !line_.empty() || ++alone_for_ < kAloneAfter) return;
  shared_ = false;
  alone_ = sent_last_;
}

bool Lane::congested_for(const Payer& payer) const {
  // One may have waiting as much as is left for others: whoever comes later still finds room.
  const std::size_t total = output_.size() + line_.bytes();
  if (total + line_.bytes() <= room()) return false;
  return line_.bytes_of(payer) > room() - std::min(room(), total);
}

// ---- What is sent

// Cost of what has been sent, or is about to be, and has not been answered.
std::size_t Lane::in_flight() const {
  if (queue_.empty()) return 0;
  const std::uint64_t end = written_ + output_.size();
  return queue_.size() * kCommandCost + static_cast<std::size_t>(end - queue_.front().begins);
}

// How many entries of the queue have been sent, or may be. One at least, and a batch whole; and
// never fewer than the stream has been offered: it may have begun on them.
std::size_t Lane::sendable_entries() const {
  const std::uint64_t front = queue_.empty() ? 0 : queue_.front().begins;
  const std::size_t window = this->window();
  std::size_t low = 0, high = queue_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const std::uint64_t begins = queue_[middle].begins;
    const std::uint64_t cost = middle * kCommandCost + (begins - front);
    if (cost < window || begins == front || begins < offered_)
      low = middle + 1;
    else
      high = middle;
  }
  while (low != 0 && low < queue_.size() && queue_[low].begins == queue_[low - 1].begins) ++low;
  return low;
}

// Bytes of the output.
std::size_t Lane::sendable() const {
  if (shared_ || !bounded() || in_flight() <= window()) return output_.size();
  const std::size_t entries = sendable_entries();
  if (entries == queue_.size()) return output_.size();
  return static_cast<std::size_t>(queue_[entries].begins - written_);
}

// Who has just begun to wait may go beyond the window, by half of it at most: its few commands
// would else wait for a whole window of others'.
void Lane::take_turns() {
  if (line_.empty()) return;
  const std::size_t window = bounded() ? this->window() : SIZE_MAX / 2;
  const std::size_t first = queue_.size();
  while (!line_.empty() && in_flight() < (line_.has_fresh() ? window + window / 2 : window)) {
    line_.release(output_, queue_, written_ + output_.size());
  }
  const Instant now = services_.turn.now();
  for (std::size_t i = first; i < queue_.size(); ++i) {
    counters_.wait.observe(now - queue_[i].sent);
    queue_[i].sent = now;
  }
  counters_.queue.add(static_cast<std::int64_t>(queue_.size() - first));
}

void Lane::flush() {
  if (state_ != State::ready) return;
  take_turns();
  if (!writing_) write_more();
}

void Lane::write_more() {
  while (const std::size_t some = sendable()) {
    offered_ = written_ + some;
    error_code error;
    const std::size_t n = stream_.write_some(output_.view().substr(0, some), error);
    output_.consume(n);
    written_ += n;
    if (error == asio::error::would_block || error == asio::error::try_again) {
      writing_ = true;
      stream_.async_wait(Socket::wait_write, [self = boost::intrusive_ptr<Lane>(this)](error_code) {
        self->writing_ = false;
        self->flush();
      });
      break;
    }
    if (error) return close_stream();  // the reader sees it, too, and ends the lane
  }
  if (!waiting_.empty()) wake_waiting();
}

// Those who may send again, because half of what is allowed to them is free.
void Lane::wake_waiting() {
  const std::size_t total = output_.size() + line_.bytes();
  const std::size_t left = room() - std::min(room(), total);
  if (output_.size() > room() / 2) return;
  auto before = std::exchange(waiting_, {});
  for (auto& sink : before) {
    if (line_.bytes_of(sink->payer()) > left / 2)
      waiting_.push_back(std::move(sink));
    else
      sink->on_lane_ready();
  }
}

// Replies have come. What waited for them leaves at once: the backend may have nothing to do.
std::optional<Lost> Lane::deliver_and_go_on() {
  if (!bounded() || (line_.empty() && sendable() == output_.size())) return deliver();
  const std::size_t before = in_flight();
  if (auto lost = deliver()) return lost;
  const std::size_t after = in_flight();
  const bool dry = queue_.empty() || queue_.front().begins >= written_;
  window_.answered(before > after ? before - after : 0, dry, settings_.limits->in_flight);
  flush();
  return std::nullopt;
}

}  // namespace bulkhead::upstream
