#include "bulkhead/session/quota_walk.hpp"

#include "bulkhead/policy/key_estimate.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/upstream/call.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <vector>

namespace bulkhead::session {
namespace {

using policy::KeyEstimate;
using policy::KeyTally;
using policy::KeyUse;
using CallPointer = boost::intrusive_ptr<upstream::Call>;

constexpr std::size_t kLargestPage = 16 * 1024 * 1024;
constexpr std::size_t kMostAtOnce = 1000;
constexpr std::size_t kPagesPerSecond = 20;  // but for slow walks
constexpr auto kBetweenWalks = std::chrono::milliseconds(250);
constexpr auto kAfterFailure = std::chrono::seconds(1);
constexpr auto kLongestPause = std::chrono::milliseconds(500);  // a reload is noticed after it
constexpr auto kPublishEvery = std::chrono::seconds(1);
constexpr std::size_t kTenantsAtOnce = 500;  // published; then the worker sees to its clients

struct Database {
  route::Place place;
  std::unordered_map<std::uint32_t, KeyTally> tallies;       // by tenant
  std::unordered_map<std::uint32_t, KeyEstimate> published;  // what they have contributed
};

struct Weighing {
  KeyTally* tally;
  std::uint32_t stands_for;
  CallPointer call;
};

class QuotaWalk {
 public:
  QuotaWalk(Context& context, std::shared_ptr<const request::Snapshot> snapshot);

  // Until another snapshot is in force.
  Awaitable<void> run();

 private:
  bool current() const { return context_.snapshot == snapshot_; }
  const policy::Allowance& allowance(std::uint32_t tenant) const {
    return *snapshot_->allowances.of(tenant);
  }
  CallPointer ask(const Database& database, const std::vector<rewrite::Word>& words);
  Awaitable<bool> walk(Database& database);
  Awaitable<std::optional<std::string>> walk_pages(Database& database);
  Awaitable<void> weigh(std::vector<Weighing>& weighings);
  Awaitable<void> publish(Database& database, double walked);
  void publish(std::uint32_t tenant, bool amid_walk);
  Awaitable<void> pay(std::size_t keys);
  Awaitable<void> pause(Clock::duration time);
  Awaitable<void> give_way();
  Awaitable<void> publish_all();
  void end();

  Context& context_;
  const std::shared_ptr<const request::Snapshot> snapshot_;
  const std::shared_ptr<const metrics::Numbering> numbers_;
  const std::vector<std::shared_ptr<upstream::Backend>> backends_;
  policy::KeyOwners owners_;
  std::vector<std::uint32_t> tenants_;  // with a quota
  std::vector<Database> databases_;
  std::unordered_map<std::uint32_t, KeyEstimate> totals_;
  Instant next_page_{};
  bool all_walked_ = false;
  bool failing_ = false;
};

QuotaWalk::QuotaWalk(Context& context, std::shared_ptr<const request::Snapshot> snapshot)
    : context_(context),
      snapshot_(std::move(snapshot)),
      numbers_(context.numbers),
      backends_(context.backends) {
  std::vector<std::pair<int, int>> seen;
  for (const tenant::Tenant& tenant : snapshot_->directory.tenants()) {
    const policy::Allowance* limited = snapshot_->allowances.of(tenant.index);
    if (limited == nullptr || !limited->has_quota()) continue;
    tenants_.push_back(tenant.index);
    for (const tenant::Prefix& prefix : tenant.prefixes) owners_.add(prefix.plain, tenant.index);
    for (const route::Route& route : snapshot_->router.all_places(tenant)) {
      seen.emplace_back(route.place.backend, route.place.db);
    }
  }
  owners_.sort();
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  for (const auto& [backend, db] : seen) {
    databases_.push_back(
        {{static_cast<std::uint16_t>(backend), static_cast<std::uint16_t>(db)}, {}, {}});
  }
}

// The names of all tenants come by here, and go nowhere.
CallPointer QuotaWalk::ask(const Database& database, const std::vector<rewrite::Word>& words) {
  CallPointer call(new upstream::Call(context_.io, kLargestPage));
  const tenant::Tenant& anybody = snapshot_->directory.tenants()[tenants_.front()];
  call->send(backends_[database.place.backend]->lane(database.place.db, false, 0),
             rewrite::own_command(anybody, 0, words));
  return call;
}

Awaitable<void> QuotaWalk::pause(Clock::duration time) {
  const Instant until = Clock::now() + time;
  while (current() && Clock::now() < until) {
    Timer timer(context_.io.get_executor(),
                std::min<Clock::duration>(until - Clock::now(), kLongestPause));
    co_await timer.async_wait(kAwait);
  }
}

Awaitable<void> QuotaWalk::give_way() {
  Timer timer(context_.io.get_executor(), Clock::duration(0));
  co_await timer.async_wait(kAwait);
}

// So many keys have been looked at: the next ones have to wait for their time.
Awaitable<void> QuotaWalk::pay(std::size_t keys) {
  const double rate = snapshot_->config.limits.sampled_keys_per_second;
  const auto time = std::chrono::duration<double>(static_cast<double>(keys) / rate);
  const Instant now = Clock::now();
  next_page_ = std::max(next_page_, now) + std::chrono::duration_cast<Clock::duration>(time);
  co_await pause(next_page_ - now);
}

Awaitable<void> QuotaWalk::weigh(std::vector<Weighing>& weighings) {
  for (Weighing& one : weighings) {
    const auto reply = co_await one.call->reply();
    if (!reply || !reply->starts_with(':')) continue;  // it has gone meanwhile
    const auto bytes = resp::parse_integer(reply->substr(1, reply->size() - 3));
    if (bytes && *bytes >= 0) one.tally->weigh(static_cast<std::uint64_t>(*bytes), one.stands_for);
  }
}

// What went wrong, or nothing.
Awaitable<std::optional<std::string>> QuotaWalk::walk_pages(Database& database) {
  const std::vector<rewrite::Word> how_many = {{"DBSIZE"}};
  const auto size = ask(database, how_many);
  const auto size_reply = co_await size->reply();
  if (!size_reply) co_return size_reply.error().sentence;
  if (!size_reply->starts_with(':')) co_return std::string(*size_reply);
  const auto all = resp::parse_integer(size_reply->substr(1, size_reply->size() - 3)).value_or(0);
  const auto rate = static_cast<std::size_t>(snapshot_->config.limits.sampled_keys_per_second);
  const std::string count =
      std::to_string(std::clamp<std::size_t>(rate / kPagesPerSecond, 1, kMostAtOnce));
  std::string cursor = "0";
  std::int64_t walked = 0;
  Instant published = Clock::now();
  do {
    const std::vector<rewrite::Word> scan = {{"SCAN"}, {cursor}, {"COUNT"}, {count}};
    const auto call = ask(database, scan);
    const auto reply = co_await call->reply();
    if (!reply) co_return reply.error().sentence;
    if (!current()) co_return std::nullopt;
    const auto page = resp::ParsedReply::parse(*reply);
    if (!page || page->is_error() || page->size() != 2) {
      co_return std::string(page && page->is_error() ? page->text() : "SCAN cannot be read");
    }
    cursor = (*page)[0].text();
    const auto keys = (*page)[1];
    std::vector<Weighing> weighings;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto key = keys[i];
      const std::int64_t owner = owners_.find(key.text());
      if (owner < 0) continue;
      KeyTally& tally = database.tallies[static_cast<std::uint32_t>(owner)];
      const std::uint32_t stands_for = tally.see();
      if (stands_for == 0) continue;
      const std::vector<rewrite::Word> usage = {{"MEMORY"}, {"USAGE"}, {key.text()}};
      weighings.push_back({&tally, stands_for, ask(database, usage)});
    }
    co_await weigh(weighings);
    walked += static_cast<std::int64_t>(keys.size());
    co_await pay(1 + keys.size() + weighings.size());
    if (!current()) co_return std::nullopt;
    if (cursor != "0" && Clock::now() - published > kPublishEvery) {
      co_await publish(database, std::min(0.99, static_cast<double>(walked) /
                                                    static_cast<double>(std::max(all, walked))));
      published = Clock::now();
    }
  } while (cursor != "0");
  co_return std::nullopt;
}

// False when it could not be walked to its end.
Awaitable<bool> QuotaWalk::walk(Database& database) {
  const upstream::Backend& backend = *backends_[database.place.backend];
  if (!backend.facts().known()) co_return false;
  if (database.place.db >= backend.facts().databases()) co_return true;
  const auto problem = co_await walk_pages(database);
  if (!current()) co_return false;
  if (!problem) {
    co_await publish(database, 1);
    if (!current()) co_return false;
    for (auto& [tenant, tally] : database.tallies) tally.end_walk();
    std::erase_if(database.tallies, [](const auto& one) { return one.second.empty(); });
    co_return true;
  }
  if (!std::exchange(failing_, true)) {
    context_.log.warning(
        "sampling_failed",
        {{"backend", backend.settings().name}, {"db", database.place.db}, {"problem", *problem}});
  }
  // What was seen of it says nothing without the rest.
  for (auto& [tenant, tally] : database.tallies) tally.restart();
  co_return false;
}

Awaitable<void> QuotaWalk::publish(Database& database, double walked) {
  std::size_t count = 0;
  for (auto& [tenant, tally] : database.tallies) {
    const KeyEstimate now = tally.estimate(walked);
    KeyEstimate& before = database.published[tenant];
    KeyEstimate& total = totals_[tenant];
    total -= before;
    total += now;
    before = now;
    publish(tenant, walked < 1);
    if (++count % kTenantsAtOnce != 0) continue;
    co_await give_way();
    if (!current()) co_return;
  }
}

void QuotaWalk::publish(std::uint32_t tenant, bool amid_walk) {
  const KeyEstimate& total = totals_[tenant];
  const policy::Allowance& limited = allowance(tenant);
  KeyUse& use = limited.use();
  const auto whole = [](double value) {
    return static_cast<std::int64_t>(std::llround(std::max(0.0, value)));
  };
  use.keys = whole(total.keys);
  use.bytes = whole(total.bytes);
  if (all_walked_) use.known = true;
  const auto before = static_cast<KeyUse::Over>(use.over.load());
  const auto over = judge(limited.limits(), total, before, all_walked_, amid_walk);
  use.over = over;
  auto& counters = context_.counters.tenant(numbers_->tenants[tenant]).limits.get(0);
  counters.sampled.set(1);
  counters.keys.set(use.keys);
  counters.keys_error.set(whole(total.keys_error()));
  counters.bytes.set(use.bytes);
  counters.bytes_error.set(whole(total.bytes_error()));
  counters.over_quota.set(over == KeyUse::within ? 0 : 1);
  if ((before == KeyUse::within) == (over == KeyUse::within)) return;
  const bool free = over == KeyUse::within;
  context_.log.write(
      free ? LogLevel::info : LogLevel::warning, free ? "quota_free" : "quota_reached",
      {{"tenant", limited.tenant()}, {"keys", use.keys.load()}, {"bytes", use.bytes.load()}});
}

// Tenants may have no quota any more: what was estimated is told no longer.
void QuotaWalk::end() {
  for (const std::uint32_t tenant : tenants_) {
    auto& counters = context_.counters.tenant(numbers_->tenants[tenant]).limits.get(0);
    for (metrics::Gauge* gauge : {&counters.sampled, &counters.keys, &counters.keys_error,
                                  &counters.bytes, &counters.bytes_error, &counters.over_quota}) {
      gauge->set(0);
    }
  }
}

// Also those who have no keys, and have been seen nowhere.
Awaitable<void> QuotaWalk::publish_all() {
  for (std::size_t i = 0; i < tenants_.size() && current(); ++i) {
    publish(tenants_[i], false);
    if (i % kTenantsAtOnce == kTenantsAtOnce - 1) co_await give_way();
  }
}

Awaitable<void> QuotaWalk::run() {
  while (current()) {
    bool all = true;
    for (Database& database : databases_) {
      if (!current()) break;
      all = co_await walk(database) && all;
    }
    if (!current()) break;
    if (all) {
      failing_ = false;
      const bool first = !std::exchange(all_walked_, true);
      if (first) co_await publish_all();
    }
    co_await pause(all ? Clock::duration(kBetweenWalks) : Clock::duration(kAfterFailure));
  }
  end();
}

}  // namespace

Awaitable<void> walk_for_quotas(Context& context) {
  while (context.snapshot->allowances.any_quota()) {
    QuotaWalk walk(context, context.snapshot);
    co_await walk.run();
  }
}

}  // namespace bulkhead::session
