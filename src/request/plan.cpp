#include "bulkhead/request/plan.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/command/blocking.hpp"
#include "bulkhead/request/expiries.hpp"
#include "copy.hpp"
#include "crossing.hpp"
#include "pattern_limit.hpp"
#include "permit.hpp"
#include "sort_pattern.hpp"

namespace bulkhead::request {
namespace {

using command::Handling;
using command::NameKind;
using command::Row;

// The route of one name; false when the name has no say in it.
bool route_of(const route::Router& router, const tenant::ClientState& client, std::string_view name,
              NameKind kind, route::Route& route) {
  switch (kind) {
    case NameKind::key:
      route = router.route(client, name);
      return true;
    case NameKind::sort_pattern: {
      const std::string_view key = key_in_sort_pattern(name);
      if (key.empty()) return false;
      route = router.route(client, key);
      return true;
    }
    case NameKind::channel:
    case NameKind::channel_pattern:
    case NameKind::sharded_channel:
      route = router.channels();
      return true;
    case NameKind::unused_key:
    case NameKind::key_pattern:
    case NameKind::none:
      return false;
  }
  return false;
}

// Finds the features of the names and the command's route: that of its first name.
// False when its names lie in several places.
bool find_route(const Snapshot& snapshot, const tenant::ClientState& client, const resp::Args& args,
                Scratch& scratch, route::Route& route) {
  scratch.scoped.clear();
  bool routed = false;
  bool one_place = true;
  for (const command::Name& name : scratch.names) {
    route::Route own{};
    if (route_of(snapshot.router, client, args[name.arg], name.kind, own)) {
      if (!routed) route = own;
      one_place = one_place && own.place == route.place;
      routed = true;
    } else {
      own = route;
    }
    scratch.scoped.push_back({name.arg, name.kind, own.feature});
  }
  return one_place;
}

Plan forward(const Row& row, const tenant::ClientState& client, const resp::Args& args,
             route::Route route, Scratch& scratch) {
  const tenant::Tenant& tenant = *client.tenant;
  auto command = rewrite::scope_to_tenant(tenant, args, scratch.scoped, scratch.prefixed);
  if (!command) return {&row, std::move(command).error()};
  if (tenant.ttls != nullptr) {
    add_expiries(row, tenant, args, scratch.scoped, *command, scratch.expiries);
  }
  return {&row, Forward{std::move(*command), route}};
}

// The same command, on a lane where it keeps nobody waiting.
Plan block(Plan& plan, std::chrono::milliseconds patience) {
  auto& forward = std::get<Forward>(plan.step);
  return {plan.row, Block{std::move(forward.command), forward.route, patience}};
}

// Options are read from left to right, and where a key's type is looked at in between only the
// backend knows which mistake is the first. It gets the command up to this one, which an empty word
// stands for: no option is empty, so that it refuses the rest, whatever it was.
Plan plan_mistake(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
                  const resp::Args& args, Scratch& scratch) {
  const std::uint32_t mistake = scratch.names.back().arg;
  scratch.names.pop_back();
  scratch.rebuilt = resp::OwnedArgs{};
  for (std::uint32_t i = 0; i < mistake; ++i) scratch.rebuilt.add(args[i]);
  scratch.rebuilt.add("");
  route::Route route{};
  find_route(snapshot, client, scratch.rebuilt.view(), scratch, route);
  return forward(row, client, scratch.rebuilt.view(), route, scratch);
}

Plan plan_names(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
                const resp::Args& args, Scratch& scratch) {
  auto found = command::find_names(row, args, scratch.names);
  if (!found && !scratch.names.empty()) return plan_mistake(row, snapshot, client, args, scratch);
  if (!found) return {&row, std::move(found).error()};
  if (scratch.names.empty()) return {&row, refuse::syntax()};
  if (row.has(command::kMayCopyAcross)) return plan_copy(row, snapshot, client, args, scratch);
  route::Route route{};
  const bool one_place = find_route(snapshot, client, args, scratch, route);
  Plan whole = forward(row, client, args, route, scratch);
  if (std::holds_alternative<Refusal>(whole.step)) return whole;
  const auto patience = command::blocking_time(row, args);
  if (one_place && patience) return block(whole, *patience);
  if (one_place) return whole;
  if (row.handling == Handling::split) return {&row, Split{}};
  return plan_crossing(row, snapshot, client, args, scratch);
}

// The commonest way by far, without the general one's loops: one key, right behind the name.
Plan plan_one_key(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
                  const resp::Args& args, Scratch& scratch) {
  const route::Route route = snapshot.router.route(client, args[1]);
  scratch.scoped.assign(1, {1, NameKind::key, route.feature});
  return forward(row, client, args, route, scratch);
}

// Its names may lie in several databases of one backend: each database has its share.
Plan plan_hold(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
               const resp::Args& args, Scratch& scratch) {
  auto found = command::find_names(row, args, scratch.names);
  if (!found) return {&row, std::move(found).error()};
  route::Route route{};
  find_route(snapshot, client, args, scratch, route);
  Plan whole = forward(row, client, args, route, scratch);
  if (std::holds_alternative<Refusal>(whole.step)) return whole;
  return {&row, Hold{}};
}

// WAIT and WAITAOF: no names, and so the backend of channels, which have no feature either.
Plan plan_wait(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
               const resp::Args& args, Scratch& scratch) {
  scratch.scoped.clear();
  Plan whole = forward(row, client, args, snapshot.router.channels(), scratch);
  return block(whole, *command::blocking_time(row, args));
}

Plan plan_pinned(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
                 const resp::Args& args, Scratch& scratch) {
  // What is subscribed to is read, and refused, by SubscriptionBook.
  if (row.action == command::Action::subscribe || row.action == command::Action::unsubscribe) {
    return {&row, Hold{}};
  }
  if (row.action != command::Action::none) return plan_hold(row, snapshot, client, args, scratch);
  if (row.takes_names()) return plan_names(row, snapshot, client, args, scratch);
  return plan_wait(row, snapshot, client, args, scratch);
}

Plan plan_row(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
              const resp::Args& args, Scratch& scratch) {
  if (row.has(command::kSearchesOrMatches)) {
    if (auto refusal = refused_pattern(row, args, snapshot.config.limits)) return {&row, *refusal};
  }
  switch (row.handling) {
    case Handling::forward:
      if (row.one_key_first()) return plan_one_key(row, snapshot, client, args, scratch);
      return plan_names(row, snapshot, client, args, scratch);
    case Handling::split:
      return plan_names(row, snapshot, client, args, scratch);
    case Handling::local:
      return {&row, Answer{}};
    case Handling::scoped:
      return {&row, Converse{}};
    case Handling::pinned:
      return plan_pinned(row, snapshot, client, args, scratch);
    case Handling::script:
      if (snapshot.config.scripts != config::Scripts::off) return {&row, Converse{}};
      break;
    case Handling::denied:
      break;
  }
  return {&row, refuse::not_supported(row.name)};
}

}  // namespace

Plan plan(const Snapshot& snapshot, const tenant::ClientState& client, const resp::Args& args,
          Scratch& scratch) {
  auto found = command::find_row(args);
  if (!found) return {command::find_row(lowered(args[0])), std::move(found).error()};
  const Row& row = **found;
  if (client.tenant == nullptr) {
    if (!row.has(command::kBeforeAuth)) return {&row, refuse::no_auth()};
    return {&row, Answer{}};
  }
  if (!snapshot.policy.allows(client.tenant->index, command::index_of(row)) &&
      !row.has(command::kBeforeAuth)) {
    return {&row, refuse::not_permitted(row.name)};
  }
  if (client.mode == tenant::Mode::ordinary) return plan_row(row, snapshot, client, args, scratch);
  if (auto refusal = refused_in(client.mode, row)) return {&row, *refusal};
  Plan plan = plan_row(row, snapshot, client, args, scratch);
  plan.queued = is_queued(client.mode, row);
  return plan;
}

}  // namespace bulkhead::request
