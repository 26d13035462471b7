#include "bulkhead/upstream/pinned_lane.hpp"

#include "bulkhead/base/process.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/push.hpp"
#include "lost.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <string>

namespace bulkhead::upstream {

using metrics::Lost;

namespace {

constexpr int kAskAfter = 10;  // health intervals without a byte

}  // namespace

namespace {

constexpr std::size_t kRoomForPassage = 512 * 1024;
// A reply to a command that is not whole is one that nobody asked for.
constexpr std::uint64_t kIncomplete = UINT64_MAX;

}  // namespace

// Takes the replies to commands of the lane's own. They cannot fail but where the backend is not
// what it was; the commands behind them are then not what they should be.
class PinnedLane::Quiet final : public ReplySink {
 public:
  bool on_reply(Lane& lane, std::uint64_t, std::string_view bytes, bool) override {
    if (bytes[0] == '-') static_cast<PinnedLane&>(lane).end_by(Lost::handshake);
    return true;
  }
  void on_lost(std::uint64_t, const Refusal&) override {}
  void on_too_slow() override {}
  void on_lane_ready() override {}
  void flush() override {}
};

PinnedLane::PinnedLane(const Services& services, LaneSettings settings,
                       metrics::BackendCounters& counters, std::shared_ptr<Turnstile> turnstile)
    : Lane(services, std::move(settings), counters),
      turnstile_(std::move(turnstile)),
      quiet_(new Quiet),
      db_(settings_.db),
      resp3_(settings_.resp3) {}

PinnedLane::~PinnedLane() = default;

void PinnedLane::start() {
  asio::co_spawn(
      services_.context, [self = boost::intrusive_ptr<PinnedLane>(this)] { return self->run(); },
      asio::detached);
}

Awaitable<void> PinnedLane::run() {
  std::string id;
  co_await turnstile_->enter();
  // Not one conditional expression: GCC 12 destroys what a co_await in it returns twice.
  std::optional<Trouble> trouble = Trouble{Trouble::Kind::ours, "given up"};
  if (!stopped()) trouble = co_await enter(settings_.db, settings_.resp3, &id);
  turnstile_->leave();
  // Tenants that hold many must leave descriptors to the lanes that all share.
  if (!trouble && stream_.socket().native_handle() >= first_scarce_descriptor()) {
    trouble = Trouble{Trouble::Kind::ours, "descriptors are short"};
  }
  Lost why = Lost::handshake;
  if (trouble) {
    counters_.connects_failed.add();
    services_.log.warning(
        "lane_connect_failed",
        {{"backend", settings_.backend->name}, {"kind", "pinned"}, {"problem", trouble->what}});
  } else {
    upstream_id_ = resp::parse_integer(std::string_view(id).substr(1, id.size() - 3)).value_or(0);
    counters_.connects.add();
    counters_.lanes_pinned.add(1);
    why = co_await serve();
    counters_.lanes_pinned.add(-1);
  }
  close_stream();
  state_ = State::ended;
  lose_all(why);
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->on_pinned_lost(down_);
}

void PinnedLane::go_to(int db, bool resp3) {
  if (is_at(db, resp3)) return;
  rewrite::Batch way;
  if (resp3_ != resp3) way.hello(resp3);
  if (db_ != db) way.select(db);
  resp3_ = resp3;
  db_ = db;
  submit_quietly(way);
}

bool PinnedLane::subscribe(const rewrite::TenantCommand& command, std::uint32_t names,
                           std::uint64_t ticket) {
  if (!submit(command, *owner_, ticket)) return false;
  queue_.back().acknowledgements = names;
  return true;
}

bool PinnedLane::begin(const rewrite::TenantCommand& command, std::uint32_t at, std::size_t length,
                       ReplySink& sink, std::uint64_t ticket) {
  if (state_ == State::waiting || state_ == State::ended || retired_) return false;
  const bool run = !command.following().empty();
  if (run) {  // its reply comes while the command does not go on yet
    rewrite::Batch multi;
    multi.multi();
    submit_quietly(multi);
  }
  command.append_before(at, length, output_);
  queue(sink, ticket, kIncomplete, kForever);
  queue_.back().begun = run;
  room_ = kRoomForPassage;
  services_.turn.dirty(*this);
  return true;
}

void PinnedLane::pass(std::string_view bytes) {
  output_.append(bytes);
  services_.turn.dirty(*this);
}

// From now on the backend's patience counts, and no longer the client's.
void PinnedLane::complete(const rewrite::TenantCommand& command, std::uint32_t at) {
  queue_.back().begins = written_ + output_.size();
  command.append_behind(at, output_);
  room_ = SIZE_MAX;
  queue_.back().patience = Patience::zero();
  queue_.back().sent = services_.turn.now();
  queue_.back().following = verdicts_on(command);
  services_.turn.dirty(*this);
}

void PinnedLane::submit_quietly(const rewrite::Batch& batch) {
  if (batch.commands() != 0) submit(batch, *quiet_, 0);
}

bool PinnedLane::may_push(char type) const {
  if (type == '>') return true;
  const bool subscribing = !queue_.empty() && queue_.front().acknowledgements != 0;
  return type == '*' && (subscribed_ || subscribing);
}

bool PinnedLane::take_push(std::string_view value) {
  switch (resp::push_kind(value)) {
    case resp::PushKind::acknowledgement: {
      subscribed_ = true;
      if (queue_.empty() || queue_.front().acknowledgements == 0) return false;
      Entry& entry = queue_.front();
      if (--entry.acknowledgements != 0) return true;
      const std::uint64_t ticket = entry.ticket;
      pop_entry();
      if (owner_ != nullptr) owner_->on_acknowledged(ticket);
      return true;
    }
    case resp::PushKind::message:
      if (owner_ != nullptr) owner_->on_push(value);
      return true;
    case resp::PushKind::none:
      return false;
  }
  return false;
}

// Messages may not come for days, and a backend that is cut off says nothing: it is asked.
void PinnedLane::tick(Instant now) {
  const auto quiet_for = now - progress_;
  if (subscribed_ && state_ == State::ready && idle() &&
      quiet_for > kAskAfter * settings_.backend->health_interval) {
    rewrite::Batch ping;
    ping.ping();
    submit_quietly(ping);
  }
  Lane::tick(now);
}

void PinnedLane::end() {
  owner_ = nullptr;
  end_by(Lost::retired);
}

}  // namespace bulkhead::upstream
