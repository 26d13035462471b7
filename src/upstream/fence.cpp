#include "bulkhead/upstream/fence.hpp"

#include "bulkhead/upstream/backend.hpp"
#include "bulkhead/upstream/call.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace bulkhead::upstream {
namespace {

constexpr auto kIdle = std::chrono::seconds(60);
constexpr std::size_t kShortReply = 64 * 1024;

// As Redis says it of a command; of one inside a script, until 7.0 and since.
constexpr std::string_view kRefused = "-NOPERM ";
constexpr std::string_view kRefusedInScript = "-ERR The user executing the script can't ";
constexpr std::string_view kRefusedInScriptSince = "-NOPERM ACL failure in script";
// Later versions name what was refused; who asked is not told.
constexpr std::string_view kTold =
    "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n";

std::string_view what_about(std::string_view error) {
  if (error.find("channel") != error.npos) return "channel";
  return error.find(" key") != error.npos ? "key" : "command";
}

}  // namespace

Fence::Fence(const Services& services, std::weak_ptr<Backend> backend, LaneSettings like,
             metrics::BackendCounters& counters, std::string user, FenceHooks hooks)
    : services_(services),
      backend_(std::move(backend)),
      at_(backend_.lock().get()),
      like_(std::move(like)),
      counters_(counters),
      user_(std::move(user)),
      hooks_(std::move(hooks)),
      made_(services.context.get_executor(), Timer::time_point::max()) {}

Fence::~Fence() = default;

// ---- The user

bool Fence::up() const {
  const auto backend = backend_.lock();
  return up_ && backend != nullptr && generation_ == backend->facts().generation();
}

Awaitable<std::optional<std::string>> Fence::put_up() {
  const auto self = shared_from_this();
  const auto backend = backend_.lock();
  if (backend == nullptr || retired_) co_return "the backend is being removed";
  if (making_) {
    while (making_) co_await made_.async_wait(kAwait);
    if (!up_) co_return problem_;
  }
  if (up()) co_return std::nullopt;
  making_ = true;
  const bool returned = generation_ != -1 && generation_ != backend->facts().generation();
  const std::optional<std::string> problem = co_await make(backend);
  making_ = false;
  up_ = !problem;
  problem_ = problem.value_or("");
  made_.cancel();
  if (returned && up_) {
    // Lanes that wait before they try again would keep clients waiting for nothing.
    const Instant now = services_.turn.now();
    for (Lanes& lanes : lanes_) {
      const bool idle = std::all_of(lanes.begin(), lanes.end(), [now](const auto& lane) {
        return lane->idle_for(now, Clock::duration::zero());
      });
      if (idle) leave(lanes);
    }
  }
  if (problem) hooks_.failed(*problem);
  co_return problem;
}

// Over the proxy's own connection.
Awaitable<std::optional<std::string>> Fence::make(std::shared_ptr<Backend> backend) {
  const bool known = co_await backend->known();
  if (!known) co_return "the backend does not answer";
  generation_ = backend->facts().generation();
  order_ = hooks_.order();
  if (order_.rules.empty()) co_return "the tenant has been removed";
  rewrite::Batch words;
  words.set_user(user_, order_.rules);
  const boost::intrusive_ptr<Call> call(new Call(services_.context, kShortReply));
  call->send(backend->own_lane(), words);
  const auto reply = co_await call->reply();
  if (!reply) co_return reply.error().sentence;
  if (!reply->starts_with('+')) co_return std::string(reply->substr(1, reply->find('\r') - 1));
  co_return std::nullopt;
}

void Fence::refresh() {
  if (making_) {
    up_ = false;
  } else {
    if (!up_) return;  // who needs it next makes it as it must be then
    const FenceOrder now = hooks_.order();
    if (now.rules.empty() || now.rules == order_.rules) return;
    up_ = false;
  }
  asio::co_spawn(
      services_.context,
      [self = shared_from_this()]() -> Awaitable<void> {
        const auto problem = co_await self->put_up();
        (void)problem;  // logged
      },
      asio::detached);
}

// ---- The lanes

void Fence::open(std::size_t slot) {
  if (slot >= lanes_.size()) lanes_.resize(slot + 1);
  for (int i = 0; i < like_.backend->lanes; ++i) {
    LaneSettings settings = like_;
    settings.db = static_cast<int>(slot / 2);
    settings.resp3 = slot % 2 != 0;
    settings.fence = shared_from_this();
    lanes_[slot].emplace_back(new SharedLane(services_, std::move(settings), counters_));
    lanes_[slot].back()->shut(like_.health->shut());
    if (retired_) lanes_[slot].back()->retire();  // refuses every command
    lanes_[slot].back()->start();
  }
}

void Fence::leave(Lanes& lanes) {
  for (auto& lane : lanes) {
    lane->retire();
    leaving_.push_back(std::move(lane));
  }
  lanes.clear();
}

void Fence::shut(bool shut) {
  for (Lanes& lanes : lanes_) {
    for (auto& lane : lanes) lane->shut(shut);
  }
}

void Fence::retire() {
  retired_ = true;
  for (Lanes& lanes : lanes_) leave(lanes);
}

bool Fence::ended() const {
  const auto ended = [](const auto& lane) { return lane->ended(); };
  return std::all_of(leaving_.begin(), leaving_.end(), ended) &&
         std::all_of(lanes_.begin(), lanes_.end(), [&](const Lanes& lanes) {
           return std::all_of(lanes.begin(), lanes.end(), ended);
         });
}

void Fence::drop_lanes() {
  lanes_.clear();
  leaving_.clear();
}

void Fence::tick(Instant now) {
  for (Lanes& lanes : lanes_) {
    for (auto& lane : lanes) lane->tick(now);
    const bool idle = std::all_of(lanes.begin(), lanes.end(),
                                  [now](const auto& lane) { return lane->idle_for(now, kIdle); });
    if (idle) leave(lanes);
  }
  for (auto& lane : leaving_) lane->tick(now);
  std::erase_if(leaving_, [](const auto& lane) { return lane->ended(); });
}

std::size_t Fence::buffered() const {
  std::size_t total = 0;
  for (const Lanes& lanes : lanes_) {
    for (const auto& lane : lanes) total += lane->buffered();
  }
  return total;
}

// ---- The alarm

// A tenant's script may make up errors that begin like those of the wall.
std::string_view Fence::judge(std::string_view error, const ReplySink& sink, std::uint64_t ticket) {
  const bool in_script =
      error.starts_with(kRefusedInScript) || error.starts_with(kRefusedInScriptSince);
  if (!in_script && !error.starts_with(kRefused)) return error;
  const FenceTrip trip{sink.asker(ticket), what_about(error)};
  if (trip.asker.script && !in_script) return error;
  hooks_.tripped(trip);
  return kTold;
}

}  // namespace bulkhead::upstream
