#include "rewrite/script/classes.hpp"

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

using namespace bulkhead;
using rewrite::script::class_of;

namespace {

std::string named(std::string_view name) {
  return class_of(*command::find_row(name));
}

}  // namespace

TEST_CASE("a command's class follows from its row") {
  CHECK(named("get") == "1");
  CHECK(named("rename") == "2");
  CHECK(named("copy") == "2@");
  CHECK(named("del") == "3+");
  CHECK(named("sinter") == "3");
  CHECK(named("mget") == "3*");
  CHECK(named("mset") == "r1:-1:2&");
  CHECK(named("bitop") == "r2:-1:1");
  CHECK(named("object|encoding") == "r2:2:1");
  CHECK(named("object") == "/");
  CHECK(named("zunion") == "n1");
  CHECK(named("zunionstore") == "r1:1:1n2");
  CHECK(named("sintercard") == "n1pc");
  CHECK(named("lmpop") == "n1p<");
  CHECK(named("msetex") == "n1:2");
  CHECK(named("xread") == "X");
  CHECK(named("xreadgroup") == "Xg");
  CHECK(named("sort") == "S2w");
  CHECK(named("sort_ro") == "S2");
  CHECK(named("georadius") == "G6w");
  CHECK(named("publish") == "P");
  CHECK(named("select") == "D");
  CHECK(named("keys") == "L");
  CHECK(named("time") == "0");
}

TEST_CASE("what the server of all tenants would do or tell is not for scripts") {
  for (const char* name :
       {"eval",   "fcall",         "config|get",    "flushall",      "flushdb",
        "scan",   "dbsize",        "randomkey",     "info",          "move",
        "swapdb", "migrate",       "client|list",   "subscribe",     "multi",
        "watch",  "blpop",         "memory|doctor", "pubsub|numpat", "command|count",
        "role",   "function|load", "script|load",   "debug"}) {
    INFO(name);
    CHECK(named(name) == "-");
  }
}

TEST_CASE("every row that scripts may use has its names found, or has none and is harmless") {
  for (const command::Row& row : command::rows()) {
    const std::string its_class = class_of(row);
    INFO(row.name << " " << its_class);
    REQUIRE_FALSE(its_class.empty());
    if (its_class == "-" || its_class == "/" || its_class == "D") continue;
    CHECK((row.flags & command::kNoscript) == 0);
    if (its_class == "0") {
      CHECK(row.has(command::kSameInScripts));
      CHECK_FALSE(row.takes_names());
    } else {
      CHECK(row.takes_names());
      // Fewer arguments than it takes to find the names are Redis' to refuse.
      CHECK((row.arity <= -2 || row.arity >= 2));
    }
  }
}
