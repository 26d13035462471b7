// What the lines in front of scripts and of libraries of functions have in common. Private to the
// module. Pure functions.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/rewrite/script_shape.hpp"
#include "mentions.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::rewrite::script {

// What a script may use of `redis` besides call and pcall: pure functions and constants. log would
// write into the log of all tenants' server, set_repl would keep writes from the replicas.
inline constexpr std::array kHarmless = {
    "error_reply", "status_reply",  "sha1hex",     "setresp",           "replicate_commands",
    "breakpoint",  "REDIS_VERSION", "LOG_DEBUG",   "REDIS_VERSION_NUM", "LOG_VERBOSE",
    "LOG_NOTICE",  "LOG_WARNING",   "REPL_AOF",    "REPL_SLAVE",        "REPL_REPLICA",
    "REPL_ALL",    "REPL_NONE",     "SERVER_NAME", "SERVER_VERSION",    "SERVER_VERSION_NUM",
    "debug",
};
inline constexpr std::array kSilenced = {"log", "set_repl"};

// Where a text begins, and what it is called.
struct Origin {
  std::string db;          // a number, or the variable that holds it
  int known = 1;           // so many of the first keys lie there: k1 and so on
  std::string_view chunk;  // in error messages: user_script
  std::string tail;        // the line that is told when Lua has forgotten it
};

// A command's class under the tenant's policy.
std::string final_class(const Shape& shape, const command::Row& row);

// The commands that the text spells as words, for the fast path.
struct HotWords {
  std::string table;  // of Lua; for many words
  std::string chain;  // an expression; faster for a few
};
HotWords hot_words(const Shape& shape, const Mentions& mentions);

// "k1,k2" and the like, for the keys whose database is known.
std::string known_keys(int known, std::string_view before, std::string_view between,
                       std::string_view after);

// The function X; `text` is the whole script.
std::string cold(const Shape& shape, const std::string& classes, const Origin& origin,
                 std::string_view text);

// The function T, which gives a key its expiry; nothing where keys need none. `routed`: the names
// decide, and not the database that was selected.
std::string expire_piece(const Shape& shape, bool routed);

// redis.call or redis.pcall.
std::string caller(const Shape& shape, const std::string& hot, const Origin& origin, bool raises);

// The shadows besides `redis`, in the order in which they are declared, and the Lua that fills Y
// with them.
std::vector<std::string> shadows_of(const Mentions& mentions);
std::string shadow_pieces(const std::vector<std::string>& names);

// Redis takes a first line "#!lua ..." for itself and leaves its line feed: where the rest begins.
std::size_t behind_shebang(std::string_view text);

}  // namespace bulkhead::rewrite::script
