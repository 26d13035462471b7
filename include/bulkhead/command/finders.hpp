// Name finders for argument lists that no spec describes: options are read as Redis reads them, not
// searched for, so that a group called "streams" or a value called "STORE" is not taken for a keyword.
#pragma once

#include "bulkhead/command/row.hpp"

namespace bulkhead::command {

Result<void> find_scan_names(const resp::Args& args, Names& out);        // SCAN cursor [MATCH p] ...
Result<void> find_sort_names(const resp::Args& args, Names& out);        // SORT key [BY p] [GET p ...] [STORE d]
Result<void> find_sort_ro_names(const resp::Args& args, Names& out);     // SORT_RO
Result<void> find_georadius_names(const resp::Args& args, Names& out);   // GEORADIUS key ... [STORE k] [STOREDIST k]
Result<void> find_georadiusbymember_names(const resp::Args& args, Names& out);
Result<void> find_xread_names(const resp::Args& args, Names& out);       // XREAD [COUNT n] [BLOCK ms] STREAMS ...
Result<void> find_xreadgroup_names(const resp::Args& args, Names& out);  // XREADGROUP GROUP g c ... STREAMS ...

}  // namespace bulkhead::command
