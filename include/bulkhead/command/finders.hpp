// Name finders for argument lists that no spec describes: options are read as Redis reads them, not
// searched for, so that a group called "streams" or a value called "STORE" is not taken for a
// keyword. Pure functions of the arguments, of which there are as many as the row's arity asks for;
// called by find_names, which clears and sorts `out`.
#pragma once

#include "bulkhead/command/row.hpp"

namespace bulkhead::command {

// SCAN cursor [MATCH pattern] [COUNT n] [TYPE t]
Result<void> find_scan_names(const resp::Args& args, Names& out);

// SORT key [BY pattern] [GET pattern ...] [STORE key]; SORT_RO has no STORE
Result<void> find_sort_names(const resp::Args& args, Names& out);
Result<void> find_sort_ro_names(const resp::Args& args, Names& out);

// GEORADIUS key longitude latitude radius unit, GEORADIUSBYMEMBER key member radius unit,
// both with [STORE key] [STOREDIST key] behind
Result<void> find_georadius_names(const resp::Args& args, Names& out);
Result<void> find_georadiusbymember_names(const resp::Args& args, Names& out);

// XREAD [COUNT n] [BLOCK ms] STREAMS ..., XREADGROUP GROUP g c [COUNT n] [BLOCK ms] [NOACK] STREAMS
// ...
Result<void> find_xread_names(const resp::Args& args, Names& out);
Result<void> find_xreadgroup_names(const resp::Args& args, Names& out);

// CLIENT TRACKING on|off [REDIRECT id] [PREFIX p ...] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]; a prefix
// of keys is rewritten like a key
Result<void> find_client_tracking_names(const resp::Args& args, Names& out);

}  // namespace bulkhead::command
