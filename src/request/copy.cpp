#include "copy.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/request/expiries.hpp"
#include "bulkhead/resp/number.hpp"
#include "crossing.hpp"

#include <optional>
#include <string>

namespace bulkhead::request {
namespace {

struct Options {
  std::optional<int> db;
  bool replace = false;
};

// As Redis reads them (db.c, copyCommand): the last DB wins.
Result<Options> read_options(const tenant::Tenant& tenant, const resp::Args& args) {
  Options options;
  for (std::size_t i = 3; i < args.size(); ++i) {
    if (equals_ignoring_case(args[i], "replace")) {
      options.replace = true;
    } else if (equals_ignoring_case(args[i], "db") && i + 1 < args.size()) {
      const auto number = resp::parse_integer(args[++i]);
      if (!number) return refuse::not_an_integer();
      if (*number < 0 || *number > 65535 ||
          !route::Router::may_select(tenant, static_cast<int>(*number))) {
        return refuse::db_out_of_range();
      }
      options.db = static_cast<int>(*number);
    } else {
      return refuse::syntax();
    }
  }
  return options;
}

}  // namespace

Plan plan_copy(const command::Row& row, const Snapshot& snapshot, const tenant::ClientState& client,
               const resp::Args& args, Scratch& scratch) {
  auto options = read_options(*client.tenant, args);
  if (!options) return {&row, std::move(options).error()};
  const route::Route from = snapshot.router.route(client, args[1]);
  tenant::ClientState there = client;
  there.selected_db = options->db.value_or(client.selected_db);
  const route::Route to = snapshot.router.route(there, args[2]);
  if (from.place.backend != to.place.backend) return {&row, refuse::cross_db()};

  const bool across = from.place != to.place;
  const tenant::Tenant& tenant = *client.tenant;
  // What follows the copy would have to go to its database.
  if (across && tenant.ttls != nullptr && (*tenant.ttls)[to.feature].is_enforced()) {
    return plan_copy_across(row, client, args, from, to, options->replace, scratch);
  }

  const std::string db = std::to_string(to.place.db);
  scratch.rebuilt = resp::OwnedArgs{args[0], args[1], args[2], "DB", db};
  if (options->replace) scratch.rebuilt.add("REPLACE");
  scratch.scoped = {{1, command::NameKind::key, from.feature},
                    {2, command::NameKind::key, to.feature}};
  const resp::Args rebuilt = scratch.rebuilt.view();
  auto command = rewrite::scope_to_tenant(tenant, rebuilt, scratch.scoped, scratch.prefixed);
  if (!command) return {&row, std::move(command).error()};
  if (!across && tenant.ttls != nullptr) {
    add_expiries(row, tenant, rebuilt, scratch.scoped, *command, scratch.expiries);
  }
  return {&row, Forward{std::move(*command), from, across}};
}

}  // namespace bulkhead::request
