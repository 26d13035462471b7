#include "crossing.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "crossing_scripts.hpp"
#include "sort_pattern.hpp"

#include <optional>
#include <string>

namespace bulkhead::request {
namespace {

using command::Crossing;
using command::NameKind;

std::string db_of(const route::Route& route) {
  return std::to_string(route.place.db);
}

// Stands for the result until it is in its place; no client can see it, for a script is atomic. The
// bytes keep it apart from whatever a tenant would call a key.
constexpr std::string_view kMeanwhile =
    "\x01"
    "bulkhead:crossing\x01";

// One of KEYS that is written to, and where.
struct Written {
  std::size_t key;
  route::Route route;
};

// An EVAL in the making, with the names that get a prefix.
class Script {
 public:
  Script(std::string_view text, std::size_t keys, const tenant::Tenant& tenant,
         const std::vector<Written>& written, Scratch& scratch)
      : scratch_(scratch) {
    note_expiring(tenant, written);
    std::string whole(expiring_.empty() ? "" : kExpiringFront);
    whole += text;
    if (!expiring_.empty()) whole += kExpiringBack;
    scratch_.rebuilt = resp::OwnedArgs{"EVAL", whole, std::to_string(keys)};
    scratch_.scoped.clear();
  }
  void word(std::string_view text) {
    scratch_.rebuilt.add(text);
    ++next_;
  }
  void name(std::string_view text, NameKind kind, route::FeatureId feature) {
    scratch_.scoped.push_back({next_, kind, feature});
    word(text);
  }
  Plan plan(const command::Row& row, const tenant::ClientState& client, route::Route route) {
    for (const std::string& text : expiring_) word(text);
    if (!expiring_.empty()) word(std::to_string(expiring_.size() / 4));
    auto command = rewrite::scope_to_tenant(*client.tenant, scratch_.rebuilt.view(),
                                            scratch_.scoped, scratch_.prefixed);
    if (!command) return {&row, std::move(command).error()};
    return {&row, Forward{std::move(*command), route, true}};
  }

 private:
  void note_expiring(const tenant::Tenant& tenant, const std::vector<Written>& written) {
    if (tenant.ttls == nullptr) return;
    for (const Written& one : written) {
      const tenant::Ttl& ttl = (*tenant.ttls)[one.route.feature];
      if (!ttl.is_enforced()) continue;
      expiring_.push_back(std::to_string(ttl.most.count()));
      expiring_.push_back(std::to_string(ttl.fallback.count()));
      expiring_.push_back(std::to_string(one.key));
      expiring_.push_back(db_of(one.route));
    }
  }

  Scratch& scratch_;
  std::uint32_t next_ = 3;
  std::vector<std::string> expiring_;  // four words for each key
};

// "LEFT" -> "LPOP" or "LPUSH".
std::optional<std::string> list_command(std::string_view side, std::string_view what) {
  if (equals_ignoring_case(side, "left")) return "L" + std::string(what);
  if (equals_ignoring_case(side, "right")) return "R" + std::string(what);
  return std::nullopt;
}

struct Ends {
  route::Route source, destination;
};

Plan plan_move(const command::Row& row, const tenant::ClientState& client, const resp::Args& args,
               const Ends& ends, std::string_view text, std::initializer_list<std::string> more,
               Scratch& scratch) {
  Script script(text, 2, *client.tenant, {{2, ends.destination}}, scratch);
  script.name(args[1], NameKind::key, ends.source.feature);
  script.name(args[2], NameKind::key, ends.destination.feature);
  script.word(db_of(ends.destination));
  script.word(db_of(ends.source));
  for (const std::string& word : more) script.word(word);
  return script.plan(row, client, ends.source);
}

// The keys may lie in any number of databases of one backend.
Plan plan_set_all(const command::Row& row, const Snapshot& snapshot,
                  const tenant::ClientState& client, const resp::Args& args,
                  const std::vector<rewrite::ScopedName>& names, Scratch& scratch) {
  std::vector<Written> keys;
  for (const rewrite::ScopedName& name : names) {
    keys.push_back({keys.size() + 1, snapshot.router.route(client, args[name.arg])});
    const std::uint16_t backend = keys.back().route.place.backend;
    if (backend != keys[0].route.place.backend) return {&row, refuse::cross_db()};
  }
  Script script(kSetAllNx, names.size(), *client.tenant, keys, scratch);
  for (const rewrite::ScopedName& name : names) {
    script.name(args[name.arg], NameKind::key, name.feature);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    script.word(db_of(keys[i].route));
    script.word(args[names[i].arg + 1]);
  }
  return script.plan(row, client, keys[0].route);
}

// The command itself, its destination aside; `names` are those found in it.
Plan plan_store(const command::Row& row, const tenant::ClientState& client, const resp::Args& args,
                const Ends& ends, const std::vector<rewrite::ScopedName>& names,
                std::uint32_t destination, Scratch& scratch) {
  Script script(kStore, 2, *client.tenant, {{1, ends.destination}}, scratch);
  script.name(args[destination], NameKind::key, ends.destination.feature);
  script.name(kMeanwhile, NameKind::key, ends.source.feature);
  script.word(db_of(ends.destination));
  script.word(db_of(ends.source));
  script.word(row.crossing == Crossing::merge_first ? "1" : "0");
  auto name = names.begin();
  for (std::uint32_t i = 0; i < args.size(); ++i) {
    const bool is_name = name != names.end() && name->arg == i;
    if (i == destination)
      script.name(kMeanwhile, NameKind::key, ends.source.feature);
    else if (is_name)
      script.name(args[i], name->kind, name->feature);
    else
      script.word(args[i]);
    if (is_name) ++name;
  }
  return script.plan(row, client, ends.source);
}

// Where the result goes: an index into the names, or nothing when none of them says so.
std::optional<std::size_t> destination_of(Crossing crossing,
                                          const std::vector<rewrite::ScopedName>& names) {
  if (crossing == Crossing::store_first || crossing == Crossing::merge_first) return 0;
  if (crossing != Crossing::store_last) return 1;
  for (std::size_t i = names.size(); i-- > 1;) {
    if (names[i].kind == NameKind::key) return i;
  }
  return std::nullopt;
}

// Both ends, when everything but the destination lies in one place.
std::optional<Ends> find_ends(const Snapshot& snapshot, const tenant::ClientState& client,
                              const resp::Args& args, const std::vector<rewrite::ScopedName>& names,
                              std::size_t destination) {
  Ends ends{};
  bool found = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].kind == NameKind::unused_key) continue;
    std::string_view name = args[names[i].arg];
    if (names[i].kind == NameKind::sort_pattern) name = key_in_sort_pattern(name);
    if (names[i].kind != NameKind::key && name.empty()) continue;  // reads no key
    const route::Route route = snapshot.router.route(client, name);
    if (i == destination) {
      ends.destination = route;
    } else if (!found) {
      ends.source = route;
      found = true;
    } else if (route.place != ends.source.place) {
      return std::nullopt;
    }
  }
  if (!found || ends.source.place.backend != ends.destination.place.backend) return std::nullopt;
  return ends;
}

}  // namespace

Plan plan_copy_across(const command::Row& row, const tenant::ClientState& client,
                      const resp::Args& args, route::Route from, route::Route to, bool replace,
                      Scratch& scratch) {
  const Ends ends{from, to};
  if (replace) return plan_move(row, client, args, ends, kCopy, {"REPLACE"}, scratch);
  return plan_move(row, client, args, ends, kCopy, {}, scratch);
}

Plan plan_crossing(const command::Row& row, const Snapshot& snapshot,
                   const tenant::ClientState& client, const resp::Args& args, Scratch& scratch) {
  const std::vector<rewrite::ScopedName> names = scratch.scoped;
  if (row.crossing == Crossing::set_all_nx && client.tenant->adds_prefix()) {
    return plan_set_all(row, snapshot, client, args, names, scratch);
  }
  const auto destination = destination_of(row.crossing, names);
  const auto ends =
      destination ? find_ends(snapshot, client, args, names, *destination) : std::nullopt;
  // A name that an application writes itself stays where it says; the name for the meanwhile
  // cannot.
  if (!ends || !client.tenant->adds_prefix()) return {&row, refuse::cross_db()};
  switch (row.crossing) {
    case Crossing::rename:
      return plan_move(row, client, args, *ends, kRename, {}, scratch);
    case Crossing::rename_nx:
      return plan_move(row, client, args, *ends, kRenameNx, {}, scratch);
    case Crossing::move_member:
      return plan_move(row, client, args, *ends, kMoveMember, {std::string(args[3])}, scratch);
    case Crossing::pop_push:
      return plan_move(row, client, args, *ends, kMoveElement, {"RPOP", "LPUSH"}, scratch);
    case Crossing::move_element: {
      const auto pop = list_command(args[3], "POP");
      const auto push = list_command(args[4], "PUSH");
      if (!pop || !push) return {&row, refuse::syntax()};
      return plan_move(row, client, args, *ends, kMoveElement, {*pop, *push}, scratch);
    }
    case Crossing::store_first:
    case Crossing::merge_first:
    case Crossing::store_last:
      return plan_store(row, client, args, *ends, names, names[*destination].arg, scratch);
    case Crossing::set_all_nx:
    case Crossing::none:
      break;
  }
  return {&row, refuse::cross_db()};
}

}  // namespace bulkhead::request
