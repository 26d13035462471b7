// What is to be done with one command of a client: decided here, without sockets and without side
// effects, and carried out by the session. The way of a command is told by plan() in plan.cpp.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/resp/args.hpp"
#include "bulkhead/rewrite/tenant_command.hpp"
#include "bulkhead/route/router.hpp"
#include "bulkhead/tenant/client_state.hpp"

#include <chrono>
#include <span>
#include <variant>
#include <vector>

namespace bulkhead::request {

// Reused from command to command by one worker, so that planning allocates nothing. A plan refers
// to it until the next one is made.
struct Scratch {
  command::Names names;
  std::vector<rewrite::ScopedName> scoped;
  std::vector<rewrite::Prefixed> prefixed;
  rewrite::Expiries expiries;
  resp::OwnedArgs rebuilt;  // for the few commands whose arguments change
};

// One shared lane carries it.
struct Forward {
  rewrite::TenantCommand command;
  route::Route route;
  bool crosses = false;  // it also writes where other lanes of the client lead
};
// Its names lie in several databases: split() makes the parts.
struct Split {};
// The proxy answers, by the row's action.
struct Answer {};
// The proxy answers with commands of its own, by the row's action.
struct Converse {};
// It blocks on a pinned lane, for so long at most.
struct Block {
  rewrite::TenantCommand command;
  route::Route route;
  std::chrono::milliseconds patience;
};
// It begins, uses or ends state of the connection, by the row's action. Its names stand in the
// scratch; split() makes commands of them, where it has any.
struct Hold {};

struct Plan {
  const command::Row* row;  // null when no row was found
  std::variant<Refusal, Forward, Split, Answer, Converse, Block, Hold> step;
  bool queued = false;  // not now, but when the transaction is executed
};

Plan plan(const Snapshot& snapshot, const tenant::ClientState& client, const resp::Args& args,
          Scratch& scratch);

// One database's share of a split command, as a command of its own.
struct Part {
  route::Route route;
  std::vector<resp::Slice> slices;
  std::vector<rewrite::ScopedName> names;
  std::vector<rewrite::Prefixed> prefixed;
  rewrite::Expiries expiries;
  std::vector<std::uint32_t> positions;  // which of the client's names these are, counted from 0
};

// The parts of the command that was planned last with this scratch; each with one place.
std::vector<Part> split(const tenant::ClientState& client, const Snapshot& snapshot,
                        const resp::Args& args, const Scratch& scratch);

// The part as a lane takes it; it refers to the part and to the bytes of `args`.
rewrite::TenantCommand command_of(Part& part, const command::Row& row, const tenant::Tenant& tenant,
                                  const resp::Args& args);

}  // namespace bulkhead::request
