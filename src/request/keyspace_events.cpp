#include "bulkhead/request/keyspace_events.hpp"

#include "bulkhead/base/glob.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/number.hpp"

#include <algorithm>

namespace bulkhead::request {

using rewrite::ScopedChannel;

namespace {

constexpr std::string_view kKeyspace = "__keyspace@", kKeyevent = "__keyevent@", kBehind = "__:";
// What begins so was written for events; a pattern that merely could match them was not.
constexpr std::string_view kMeant = "__key";
// A longer pattern is not taken apart: all events come, and each is looked at.
constexpr std::size_t kLongestRead = 256;

struct EventName {
  bool of_key;  // __keyspace, not __keyevent
  int db;
  std::string_view rest;  // the key or the event
};

std::optional<EventName> read_event_name(std::string_view name) {
  const bool of_key = name.starts_with(kKeyspace);
  if (!of_key && !name.starts_with(kKeyevent)) return std::nullopt;
  name.remove_prefix(of_key ? kKeyspace.size() : kKeyevent.size());
  const std::size_t end = name.find(kBehind);
  if (end == std::string_view::npos) return std::nullopt;
  const auto db = resp::parse_integer(name.substr(0, end));
  if (!db || *db < 0 || *db > UINT16_MAX) return std::nullopt;
  return EventName{of_key, static_cast<int>(*db), name.substr(end + kBehind.size())};
}

std::string event_name(std::string_view kind, int db, std::string_view rest) {
  return std::string(kind).append(std::to_string(db)).append(kBehind).append(rest);
}

bool is_merged(const tenant::Tenant& tenant, int db) {
  return db == 0 && tenant.routing == config::Routing::by_key;
}

// Where the events of a database of the client's come from.
std::vector<route::Route> places(const TenantView& view, int db) {
  if (is_merged(view.tenant, db)) return view.router.all_places(view.tenant);
  if (!route::Router::may_select(view.tenant, db)) return {};
  return {view.router.of_database(db)};
}

bool among_channels(const TenantView& view, const route::Route& route) {
  return route.place.backend == view.router.channels().place.backend;
}

Result<ScopedChannel> one_key(const TenantView& view, const route::Route& route,
                              std::string_view key) {
  const tenant::Prefix& prefix = view.tenant.key_prefix(route.feature);
  if (!view.tenant.adds_prefix()) {
    if (!key.starts_with(prefix.plain)) return refuse::foreign_key();
    key.remove_prefix(prefix.plain.size());
  }
  return rewrite::key_channel(prefix, route.place.db, key);
}

// Databases and rests of names that a client's pattern can match.
struct Reach {
  std::vector<route::Route> routes;
  std::vector<std::string_view> rests;
  bool elsewhere = false;  // it also reaches databases whose events cannot be had

  void add(const route::Route& route) {
    const bool seen = std::any_of(routes.begin(), routes.end(), [&](const route::Route& other) {
      return other.place == route.place && other.feature == route.feature;
    });
    if (!seen) routes.push_back(route);
  }
  void add_rests(const std::vector<std::string_view>& more) {
    for (std::string_view rest : more) {
      if (std::find(rests.begin(), rests.end(), rest) == rests.end()) rests.push_back(rest);
    }
  }
};

std::vector<int> numbers(const tenant::Tenant& tenant) {
  std::vector<int> numbers = tenant.databases;
  const bool merged = tenant.routing == config::Routing::by_key;
  if (merged && (numbers.empty() || numbers.front() != 0)) numbers.insert(numbers.begin(), 0);
  return numbers;
}

Reach reach_of(const TenantView& view, std::string_view kind, std::string_view pattern) {
  Reach reach;
  const bool read = pattern.size() <= kLongestRead;
  if (glob_rests(pattern, kind).empty()) return reach;
  for (int db : numbers(view.tenant)) {
    std::vector<std::string_view> rests = {"*"};
    if (read) rests = glob_rests(pattern, event_name(kind, db, ""));
    if (rests.empty()) continue;
    reach.add_rests(rests);
    for (const route::Route& route : places(view, db)) {
      if (among_channels(view, route))
        reach.add(route);
      else
        reach.elsewhere = true;
    }
  }
  return reach;
}

// The database in the name, or any: what comes from others is not the tenant's, and left out.
std::string db_pattern(const Reach& reach) {
  const int first = reach.routes.front().place.db;
  const bool one = std::all_of(reach.routes.begin(), reach.routes.end(),
                               [&](const route::Route& r) { return r.place.db == first; });
  return one ? std::to_string(first) : "*";
}

// All rests are ends of one pattern, so that whatever matches one ends as the shortest says.
std::string one_rest(const Reach& reach) {
  if (reach.rests.size() == 1) return std::string(reach.rests.front());
  const auto shorter = [](auto a, auto b) { return a.size() < b.size(); };
  const std::string_view shortest =
      *std::min_element(reach.rests.begin(), reach.rests.end(), shorter);
  return (shortest.starts_with('*') ? "" : "*") + std::string(shortest);
}

ScopedChannel keys_of(const TenantView& view, const tenant::Prefix& prefix, const std::string& db,
                      std::string_view rest) {
  if (view.tenant.adds_prefix()) return rewrite::key_pattern(prefix, db, rest);
  const bool begins = rest.starts_with(prefix.escaped);
  return rewrite::key_pattern(prefix, db, begins ? rest.substr(prefix.escaped.size()) : "*");
}

void add_key_patterns(const TenantView& view, const Reach& reach, std::vector<ScopedChannel>& out) {
  if (view.tenant.prefixes.size() == 1) {
    out.push_back(keys_of(view, view.tenant.prefixes[0], db_pattern(reach), one_rest(reach)));
    return;
  }
  // Each with its database: behind any "*" one prefix may stand in a key of another, and an event
  // would come twice.
  for (const route::Route& route : reach.routes) {
    out.push_back(keys_of(view, view.tenant.key_prefix(route.feature),
                          std::to_string(route.place.db), one_rest(reach)));
  }
}

// Features with one prefix, or events of one database, have the same channel.
void leave_each_once(std::vector<ScopedChannel>& channels) {
  const auto before = [](const auto& a, const auto& b) { return a.text() < b.text(); };
  const auto same = [](const auto& a, const auto& b) { return a.text() == b.text(); };
  std::sort(channels.begin(), channels.end(), before);
  channels.erase(std::unique(channels.begin(), channels.end(), same), channels.end());
}

bool has_prefix(const TenantView& view, std::string_view physical, const route::Route& route) {
  return physical.starts_with(view.tenant.key_prefix(route.feature).plain);
}

bool in_merged_view(const TenantView& view, int db, std::string_view key,
                    std::string_view physical) {
  if (!is_merged(view.tenant, 0)) return false;
  const route::Route route = view.router.of_key(key);
  return among_channels(view, route) && route.place.db == db && has_prefix(view, physical, route);
}

bool in_own_database(const TenantView& view, int db, std::string_view physical) {
  if (is_merged(view.tenant, db) || !route::Router::may_select(view.tenant, db)) return false;
  const route::Route route = view.router.of_database(db);
  return among_channels(view, route) && has_prefix(view, physical, route);
}

}  // namespace

Result<std::vector<ScopedChannel>> event_channels(const TenantView& view, std::string_view name) {
  std::vector<ScopedChannel> out;
  const auto event = read_event_name(name);
  if (!event) return out;
  std::vector<route::Route> routes = places(view, event->db);
  if (event->of_key && is_merged(view.tenant, event->db))
    routes = {view.router.of_key(event->rest)};
  for (const route::Route& route : routes) {
    if (!among_channels(view, route)) return refuse::events_elsewhere();
    if (!event->of_key) {
      out.push_back(rewrite::event_channel(route.place.db, event->rest));
      continue;
    }
    auto channel = one_key(view, route, event->rest);
    if (!channel) return std::move(channel).error();
    out.push_back(std::move(*channel));
  }
  leave_each_once(out);
  return out;
}

Result<std::vector<ScopedChannel>> event_patterns(const TenantView& view,
                                                  std::string_view pattern) {
  std::vector<ScopedChannel> out;
  const bool meant = pattern.starts_with(kMeant);
  if (!meant && !view.tenant.adds_prefix()) return out;
  const Reach keys = reach_of(view, kKeyspace, pattern);
  const Reach events = reach_of(view, kKeyevent, pattern);
  if (meant && (keys.elsewhere || events.elsewhere)) return refuse::events_elsewhere();
  if (!keys.routes.empty()) add_key_patterns(view, keys, out);
  if (!events.routes.empty()) {
    out.push_back(rewrite::event_pattern(db_pattern(events), one_rest(events)));
  }
  leave_each_once(out);
  return out;
}

bool is_event_channel(std::string_view upstream) {
  return read_event_name(upstream).has_value();
}

Sight clients_event(const TenantView& view, std::string_view channel, std::string_view payload,
                    ClientsEvent& event) {
  const auto name = read_event_name(channel);
  if (!name) return Sight::foreign;
  const std::string_view physical = name->of_key ? name->rest : payload;
  const std::size_t prefix = view.tenant.prefix_length(physical);
  if (prefix == 0) return Sight::foreign;
  const std::string_view key = view.tenant.adds_prefix() ? physical.substr(prefix) : physical;
  const std::string_view kind = name->of_key ? kKeyspace : kKeyevent;
  const std::string_view rest = name->of_key ? key : name->rest;
  event.merged.clear();
  event.own.clear();
  event.payload = name->of_key ? payload : key;
  if (in_merged_view(view, name->db, key, physical)) event.merged = event_name(kind, 0, rest);
  if (in_own_database(view, name->db, physical)) event.own = event_name(kind, name->db, rest);
  return event.merged.empty() && event.own.empty() ? Sight::unseen : Sight::seen;
}

}  // namespace bulkhead::request
