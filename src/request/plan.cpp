#include "bulkhead/request/plan.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/blocking.hpp"
#include "copy.hpp"
#include "crossing.hpp"
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
  auto command = rewrite::scope_to_tenant(*client.tenant, args, scratch.scoped, scratch.prefixed);
  if (!command) return {&row, std::move(command).error()};
  return {&row, Forward{std::move(*command), route}};
}

Plan plan_names(const Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
                const resp::Args& args, Scratch& scratch) {
  auto found = command::find_names(row, args, scratch.names);
  if (!found) return {&row, std::move(found).error()};
  if (scratch.names.empty()) return {&row, refuse::syntax()};
  if (row.has(command::kMayBlock) && command::asks_to_block(args)) {
    return {&row, refuse::not_supported(row.name)};
  }
  if (row.has(command::kMayCopyAcross)) return plan_copy(row, snapshot, client, args, scratch);
  route::Route route{};
  const bool one_place = find_route(snapshot, client, args, scratch, route);
  Plan whole = forward(row, client, args, route, scratch);
  if (one_place || std::holds_alternative<Refusal>(whole.step)) return whole;
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

}  // namespace

Plan plan(const Snapshot& snapshot, const tenant::ClientState& client, const resp::Args& args,
          Scratch& scratch) {
  auto found = command::find_row(args);
  if (!found) return {nullptr, std::move(found).error()};
  const Row& row = **found;
  if (client.tenant == nullptr) {
    if (!row.has(command::kBeforeAuth)) return {&row, refuse::no_auth()};
    return {&row, Answer{}};
  }
  if (!snapshot.policy.allows(client.tenant->index, command::index_of(row)) &&
      !row.has(command::kBeforeAuth)) {
    return {&row, refuse::not_permitted(row.name)};
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
    case Handling::script:
    case Handling::denied:
      break;
  }
  return {&row, refuse::not_supported(row.name)};
}

}  // namespace bulkhead::request
