// CLIENT TRACKING read as Redis reads it (networking.c, clientCommand; tracking.c): mistakes in the
// order in which Redis finds them, in its words. Pure functions.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/command/row.hpp"
#include "bulkhead/resp/args.hpp"
#include "bulkhead/tenant/tracking.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace bulkhead::request {

// The client that is to be told instead, whose existence must be known before the rest is read.
std::optional<std::int64_t> redirect_asked(const resp::Args& args);

// What is tracked from now on; nothing: no more. `before`: until now. `exists`: the client that
// redirect_asked() tells.
Result<std::optional<tenant::Tracking>> read_tracking(const std::optional<tenant::Tracking>& before,
                                                      const resp::Args& args, bool exists);

// Whether CLIENT CACHING before this command is still about the next one: Redis takes all of CLIENT
// for one command, and forgets at every other.
bool keeps_caching(const command::Row& row);

}  // namespace bulkhead::request
