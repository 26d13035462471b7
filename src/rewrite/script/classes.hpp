// What the shim does with a command, in a few characters, read from its row: where its names are,
// and how several databases' replies become one. Private to the module.
//
// '-' not from scripts, '!' not for this tenant, '/' has subcommands, '0' no names, '1' one key
// first, '2' two keys first, '3' all arguments are keys, 'P' a channel first, 'D' SELECT, 'L' KEYS,
// 'X' XREAD, 'Xg' XREADGROUP, 'S<i>' SORT and 'G<i>' GEORADIUS with options from there on; else
// 'r<first>:<last>:<step>' and 'n<where the count is>[:<step>]' one behind the other. Behind it:
// 'w' may store, 'p' and 'c' whose sentences about counts, '@' COPY, '<' a name comes back, '+',
// '*', '&' how parts are merged; '~' and which of the keys may be left without an expiry: '1', '2',
// 'a' all of them, 'l' the last of several. Only where keys must have one.
#pragma once

#include "bulkhead/command/row.hpp"

#include <string>

namespace bulkhead::rewrite::script {

std::string class_of(const command::Row& row);
// What stands at its end where keys must have an expiry.
std::string lifetime_class(const command::Row& row);

// The class of the fast path: 1, 2, 3, 4 (1, and the key must have an expiry), or 0 where there is
// none.
int hot_class(const std::string& full);

}  // namespace bulkhead::rewrite::script
