#include "bulkhead/command/finders.hpp"

#include "command/names_of.hpp"

using namespace bulkhead::command;
using namespace std::literals;

namespace {

constexpr auto kSyntax = "ERR syntax error";
constexpr auto kNotAnInteger = "ERR value is not an integer or out of range";
constexpr auto kUnbalanced =
    "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.";

}  // namespace

TEST_CASE("SCAN: every MATCH is a pattern", "[finders]") {
  CHECK(names_of({"scan", "0"}) == "");
  CHECK(names_of({"scan", "0", "match", "a*"}) == "3:key_pattern");
  CHECK(names_of({"scan", "0", "COUNT", "10", "Match", "a*", "TYPE", "hash"}) == "5:key_pattern");
  CHECK(names_of({"scan", "0", "match", "a", "match", "b"}) == "3:key_pattern 5:key_pattern");
  CHECK(names_of({"scan", "0", "match", "match", "count", "match"}) == "3:key_pattern");
  CHECK(names_of({"scan", "0", "count", "match", "match", "count"}) == "5:key_pattern");
  CHECK(names_of({"scan", "match", "match", "x"}) == "3:key_pattern");
  CHECK(names_of({"scan", "0", "match"}) == kSyntax);
  CHECK(names_of({"scan", "0", "a*"}) == kSyntax);
  CHECK(names_of({"scan", "0", "count", "1", "match"}) == kSyntax);
  CHECK(names_of({"scan", "0", "match\0"sv, "x"}) == kSyntax);
}

TEST_CASE("SORT: patterns and destination", "[finders]") {
  CHECK(names_of({"sort", "k"}) == "1:key");
  CHECK(names_of({"sort", "k", "desc", "ALPHA", "asc"}) == "1:key");
  CHECK(names_of({"sort", "k", "by", "w_*", "get", "o_*", "get", "#", "store", "d"}) ==
        "1:key 3:sort_pattern 5:sort_pattern 9:key");
  CHECK(names_of({"sort", "k", "by", "nosort"}) == "1:key 3:sort_pattern");
  CHECK(names_of({"sort", "k", "get", "##"}) == "1:key 3:sort_pattern");
  CHECK(names_of({"sort", "k", "get", "#\0x"sv}) == "1:key 3:sort_pattern");
  CHECK(names_of({"sort", "k", "get", ""}) == "1:key 3:sort_pattern");
  CHECK(names_of({"sort", "k", "limit", "0", "5", "store", "d"}) == "1:key 6:key");
  CHECK(names_of({"sort", "k", "store", "a", "store", "b"}) == "1:key 3:unused_key 5:key");
}

TEST_CASE("SORT: a value that looks like an option is a value", "[finders]") {
  CHECK(names_of({"sort", "store", "store", "store"}) == "1:key 3:key");
  CHECK(names_of({"sort", "k", "by", "store", "store", "by"}) == "1:key 3:sort_pattern 5:key");
  CHECK(names_of({"sort", "k", "limit", "store", "by", "get", "x"}) == "1:key 6:sort_pattern");
  CHECK(names_of({"sort", "k", "get", "store", "asc"}) == "1:key 3:sort_pattern");
  CHECK(names_of({"sort", "k", "store", "limit", "desc"}) == "1:key 3:key");
}

TEST_CASE("SORT: what Redis would not read is refused", "[finders]") {
  CHECK(names_of({"sort", "k", "foo"}) == kSyntax);
  CHECK(names_of({"sort", "k", "store"}) == kSyntax);
  CHECK(names_of({"sort", "k", "by"}) == kSyntax);
  CHECK(names_of({"sort", "k", "get"}) == kSyntax);
  CHECK(names_of({"sort", "k", "limit", "1"}) == kSyntax);
  CHECK(names_of({"sort", "k", "limit", "1", "2", "3"}) == kSyntax);
  CHECK(names_of({"sort", "k", ""}) == kSyntax);
  // strcasecmp would take these for options.
  CHECK(names_of({"sort", "k", "store\0"sv, "d"}) == kSyntax);
  CHECK(names_of({"sort", "k", "by\0x"sv, "d*"}) == kSyntax);
}

TEST_CASE("SORT_RO has no STORE", "[finders]") {
  CHECK(names_of({"sort_ro", "k", "by", "w*", "get", "o*"}) ==
        "1:key 3:sort_pattern 5:sort_pattern");
  CHECK(names_of({"sort_ro", "k", "store", "d"}) == kSyntax);
}

TEST_CASE("GEORADIUS: destinations behind the unit", "[finders]") {
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m"}) == "1:key");
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "store", "d"}) == "1:key 7:key");
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "count", "5", "any", "ASC", "STOREDIST",
                  "d"}) == "1:key 11:key");
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "store", "a", "storedist", "b"}) ==
        "1:key 7:unused_key 9:key");
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "withdist", "withhash", "withcoord",
                  "desc"}) == "1:key");
  CHECK(names_of({"georadiusbymember", "k", "m", "3", "km", "store", "d"}) == "1:key 6:key");
}

TEST_CASE("GEORADIUS: a value that looks like an option is a value", "[finders]") {
  CHECK(names_of({"georadius", "k", "store", "x", "store", "x", "asc"}) == "1:key");
  CHECK(names_of({"georadiusbymember", "k", "store", "store", "store", "store", "d"}) ==
        "1:key 6:key");
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "store", "store"}) == "1:key 7:key");
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "count", "store", "store", "d"}) ==
        "1:key 9:key");
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "store", "count", "asc"}) == "1:key 7:key");
}

TEST_CASE("GEORADIUS: what Redis would not read is refused", "[finders]") {
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "store"}) == kSyntax);
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "foo", "store", "d"}) == kSyntax);
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "store\0"sv, "d"}) == kSyntax);
  CHECK(names_of({"georadius", "k", "1", "2", "3", "m", "count"}) == kSyntax);
  CHECK(names_of({"georadiusbymember", "k", "m", "3", "km", "storedist"}) == kSyntax);
  // These take no destination: the backend answers the same.
  CHECK(names_of({"georadius_ro", "k", "1", "2", "3", "m", "store", "d"}) == "1:key");
}

TEST_CASE("XREAD: the first half behind STREAMS", "[finders]") {
  CHECK(names_of({"xread", "streams", "a", "0"}) == "2:key");
  CHECK(names_of({"xread", "COUNT", "2", "BLOCK", "0", "STREAMS", "a", "b", "0", "$"}) ==
        "6:key 7:key");
  CHECK(names_of({"xread", "block", "1", "count", "2", "streams", "a", "0"}) == "6:key");
  CHECK(names_of({"xread", "streams", "streams", "streams", "0", "0"}) == "2:key 3:key");
  CHECK(names_of({"xread", "count", "streams", "streams", "a", "0"}) == kNotAnInteger);
  CHECK(names_of({"xread", "streams", "count", "5"}) == "2:key");
}

TEST_CASE("XREAD: what Redis would not read is refused", "[finders]") {
  CHECK(names_of({"xread", "streams", "a", "b", "0"}) == kUnbalanced);
  CHECK(names_of({"xread", "count", "1", "streams"}) == kSyntax);
  CHECK(names_of({"xread", "count", "1", "2"}) == kSyntax);
  CHECK(names_of({"xread", "a", "streams", "b", "0"}) == kSyntax);
  CHECK(names_of({"xread", "count", "1", "streams\0"sv, "a", "0"}) == kSyntax);
  CHECK(names_of({"xread", "group", "g", "c", "streams", "a", "0"}) ==
        "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
  CHECK(names_of({"xread", "noack", "streams", "a", "0"}) ==
        "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
}

TEST_CASE("XREADGROUP: a group or consumer called streams is one", "[finders]") {
  CHECK(names_of({"xreadgroup", "group", "g", "c", "streams", "a", ">"}) == "5:key");
  CHECK(names_of({"xreadgroup", "group", "streams", "streams", "streams", "a", ">"}) == "5:key");
  CHECK(names_of({"xreadgroup", "count", "1", "group", "g", "streams", "streams", "a", ">"}) ==
        "7:key");
  CHECK(names_of({"xreadgroup", "noack", "block", "0", "group", "group", "noack", "streams", "a",
                  "b", "0", ">"}) == "8:key 9:key");
  CHECK(names_of({"xreadgroup", "group", "g", "c", "noack", "streams", "a", ">"}) == "6:key");
  CHECK(names_of({"xreadgroup", "group", "g", "c", "claim", "streams", "streams", "a", ">"}) ==
        "7:key");
}

TEST_CASE("XREADGROUP: what Redis would not read is refused", "[finders]") {
  CHECK(names_of({"xreadgroup", "streams", "a", "b", "c", "1", "2", "3"}) ==
        "ERR Missing GROUP option for XREADGROUP");
  CHECK(names_of({"xreadgroup", "streams", "a", "b", "c", "1", "2"}) == kUnbalanced);
  CHECK(names_of({"xreadgroup", "group", "g", "streams", "a", "b", "c"}) == kSyntax);
  CHECK(names_of({"xreadgroup", "group", "g", "c", "count", "1", "streams"}) == kSyntax);
}

TEST_CASE("CLIENT TRACKING: prefixes of keys", "[finders]") {
  CHECK(names_of({"client", "tracking", "on"}) == "");
  CHECK(names_of({"client", "tracking", "off"}) == "");
  CHECK(names_of({"client", "tracking", "on", "optin", "noloop", "redirect", "7"}) == "");
  CHECK(names_of({"client", "tracking", "on", "bcast", "prefix", "a", "PREFIX", ""}) ==
        "5:key 7:key");
  CHECK(names_of({"client", "tracking", "on", "prefix", "prefix", "bcast"}) == "4:key");
  // What is no option is told by request::read_tracking().
  CHECK(names_of({"client", "tracking", "on", "prefix"}) == "");
  CHECK(names_of({"client", "tracking", "on", "foo", "prefix", "a"}) == "5:key");
  CHECK(names_of({"client", "tracking", "on", "bcast"}) == "");
}
