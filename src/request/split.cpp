#include "bulkhead/request/expiries.hpp"
#include "bulkhead/request/plan.hpp"

#include <algorithm>

namespace bulkhead::request {
namespace {

Part& part_at(std::vector<Part>& parts, const route::Route& route, const resp::Args& args) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
    return part.route.place == route.place;
  });
  if (found != parts.end()) return *found;
  Part& part = parts.emplace_back();
  part.route = route;
  part.slices.push_back(args.slices()[0]);
  return part;
}

}  // namespace

// What stands between a name and the next one belongs to it: MSET's values.
std::vector<Part> split(const tenant::ClientState& client, const Snapshot& snapshot,
                        const resp::Args& args, const Scratch& scratch) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < scratch.scoped.size(); ++i) {
    const rewrite::ScopedName& name = scratch.scoped[i];
    const std::size_t end = i + 1 < scratch.scoped.size() ? scratch.scoped[i + 1].arg : args.size();
    Part& part = part_at(parts, snapshot.router.route(client, args[name.arg]), args);
    part.names.push_back({static_cast<std::uint32_t>(part.slices.size()), name.kind, name.feature});
    part.positions.push_back(static_cast<std::uint32_t>(i));
    for (std::size_t arg = name.arg; arg < end; ++arg) part.slices.push_back(args.slices()[arg]);
  }
  return parts;
}

rewrite::TenantCommand command_of(Part& part, const command::Row& row, const tenant::Tenant& tenant,
                                  const resp::Args& args) {
  const resp::Args own(args.base(), part.slices);
  // The whole command's names were checked when it was planned; value() would throw on a bug.
  auto command = rewrite::scope_to_tenant(tenant, own, part.names, part.prefixed).value();
  if (tenant.ttls != nullptr) add_expiries(row, tenant, own, part.names, command, part.expiries);
  return command;
}

}  // namespace bulkhead::request
