#include "bulkhead/command/table.hpp"
#include "command/names_of.hpp"

using namespace bulkhead;
using namespace bulkhead::command;
using namespace std::literals;

namespace {

constexpr auto kSyntax = "ERR syntax error";
constexpr auto kNotAnInteger = "ERR value is not an integer or out of range";
constexpr auto kBadNumkeys = "ERR numkeys should be greater than 0";
constexpr auto kTooLarge = "ERR Number of keys can't be greater than number of args";

std::string wrong_arity(const std::string& name) {
  return "ERR wrong number of arguments for '" + name + "' command";
}

// A row of our own, for shapes that few commands have.
Row row_with(NameSpec spec) {
  return {.name = "test",
          .arity = -1,
          .flags = kWrite,
          .categories = kCatWrite,
          .handling = Handling::forward,
          .names = {spec}};
}

NameSpec after(std::string_view keyword, std::int8_t from, std::int8_t last,
               std::int8_t limit = 0) {
  return {.kind = NameKind::key,
          .begin = NameSpec::Begin::keyword,
          .at = from,
          .keyword = keyword,
          .last = last,
          .limit = limit};
}

std::string found_by(const Row& row, std::initializer_list<std::string_view> words) {
  return names_of(row, resp::OwnedArgs(words).view());
}

}  // namespace

TEST_CASE("keys at fixed places", "[names]") {
  CHECK(names_of({"get", "k"}) == "1:key");
  CHECK(names_of({"GET", ""}) == "1:key");
  CHECK(names_of({"set", "k", "v", "EX", "10"}) == "1:key");
  CHECK(names_of({"rename", "a", "b"}) == "1:key 2:key");
  CHECK(names_of({"copy", "a", "b", "DB", "3", "REPLACE"}) == "1:key 2:key");
  CHECK(names_of({"lmove", "a", "b", "LEFT", "RIGHT"}) == "1:key 2:key");
  CHECK(names_of({"smove", "a", "b", "m"}) == "1:key 2:key");
  CHECK(names_of({"lcs", "a", "b", "LEN"}) == "1:key 2:key");
  CHECK(names_of({"zrangestore", "d", "s", "0", "-1"}) == "1:key 2:key");
  CHECK(names_of({"geosearchstore", "d", "s", "frommember", "m", "byradius", "1", "m"}) ==
        "1:key 2:key");
  CHECK(names_of({"object", "encoding", "k"}) == "2:key");
  CHECK(names_of({"memory", "usage", "k", "samples", "5"}) == "2:key");
  CHECK(names_of({"xinfo", "stream", "k", "full"}) == "2:key");
  CHECK(names_of({"xgroup", "create", "k", "g", "$", "mkstream"}) == "2:key");
  CHECK(names_of({"blmove", "a", "b", "left", "left", "0"}) == "1:key 2:key");
}

TEST_CASE("keys up to the end, or up to the argument before it", "[names]") {
  CHECK(names_of({"del", "a"}) == "1:key");
  CHECK(names_of({"del", "a", "b", "c"}) == "1:key 2:key 3:key");
  CHECK(names_of({"mget", "a", "a"}) == "1:key 2:key");
  CHECK(names_of({"sinterstore", "d", "a", "b"}) == "1:key 2:key 3:key");
  CHECK(names_of({"pfmerge", "d"}) == "1:key");
  CHECK(names_of({"bitop", "and", "d", "a", "b"}) == "2:key 3:key 4:key");
  CHECK(names_of({"watch", "a", "b"}) == "1:key 2:key");
  CHECK(names_of({"blpop", "a", "b", "0"}) == "1:key 2:key");
  CHECK(names_of({"bzpopmin", "a", "0"}) == "1:key");
}

TEST_CASE("every second argument of MSET, and never half a pair", "[names]") {
  CHECK(names_of({"mset", "a", "1", "b", "2"}) == "1:key 3:key");
  CHECK(names_of({"msetnx", "a", "1"}) == "1:key");
  CHECK(names_of({"mset", "a", "1", "b"}) == wrong_arity("mset"));
  CHECK(names_of({"MSETNX", "a", "1", "b", "2", "c"}) == wrong_arity("msetnx"));
}

TEST_CASE("channels and patterns", "[names]") {
  CHECK(names_of({"publish", "c", "m"}) == "1:channel");
  CHECK(names_of({"spublish", "c", "m"}) == "1:sharded_channel");
  CHECK(names_of({"subscribe", "a", "b"}) == "1:channel 2:channel");
  CHECK(names_of({"psubscribe", "a*"}) == "1:channel_pattern");
  CHECK(names_of({"ssubscribe", "a", "b"}) == "1:sharded_channel 2:sharded_channel");
  CHECK(names_of({"unsubscribe"}) == "");
  CHECK(names_of({"unsubscribe", "a"}) == "1:channel");
  CHECK(names_of({"punsubscribe"}) == "");
  CHECK(names_of({"sunsubscribe"}) == "");
  CHECK(names_of({"keys", "*"}) == "1:key_pattern");
}

TEST_CASE("counted pairs of keys and values", "[names]") {
  CHECK(names_of({"msetex", "1", "a", "1"}) == "2:key");
  CHECK(names_of({"msetex", "2", "a", "1", "b", "2", "EX", "9"}) == "2:key 4:key");
  CHECK(names_of({"msetex", "1", "a", "1", "b", "2"}) == "2:key");
  for (const char* number : {"0", "-1", "x", "1 ", "99999999999999999999"}) {
    CAPTURE(number);
    CHECK(names_of({"msetex", number, "a", "1"}) == "ERR invalid numkeys value");
  }
  for (const char* number : {"2", "9223372036854775807"}) {
    CAPTURE(number);
    CHECK(names_of({"msetex", number, "a", "1", "b"}) == "ERR wrong number of key-value pairs");
  }
}

TEST_CASE("counted keys", "[names]") {
  CHECK(names_of({"zunionstore", "d", "2", "a", "b", "weights", "1", "2"}) == "1:key 3:key 4:key");
  CHECK(names_of({"zinter", "1", "a", "withscores"}) == "2:key");
  CHECK(names_of({"zdiff", "2", "a", "b"}) == "2:key 3:key");
  CHECK(names_of({"lmpop", "2", "a", "b", "left"}) == "2:key 3:key");
  CHECK(names_of({"zmpop", "1", "a", "min", "count", "2"}) == "2:key");
  CHECK(names_of({"blmpop", "0", "2", "a", "b", "left"}) == "3:key 4:key");
  CHECK(names_of({"bzmpop", "0.5", "1", "a", "max"}) == "3:key");
  CHECK(names_of({"sintercard", "2", "a", "b", "limit", "1"}) == "2:key 3:key");
  CHECK(names_of({"eval", "return 1", "2", "a", "b", "arg"}) == "3:key 4:key");
  CHECK(names_of({"eval", "return 1", "0"}) == "");
  CHECK(names_of({"evalsha_ro", "sha", "0", "arg"}) == "");
  CHECK(names_of({"fcall", "f", "1", "a"}) == "3:key");
}

TEST_CASE("a number of keys is read as strictly as Redis reads it", "[names]") {
  for (std::string_view number :
       {"", "a", "01", "+1", " 1", "1 ", "1.0", "0x1", "-", "--1", "-0", "1e0",
        "9223372036854775808", "-9223372036854775809", "99999999999999999999999999"}) {
    CAPTURE(number);
    CHECK(names_of({"zunion", number, "a"}) == kNotAnInteger);
    CHECK(names_of({"lmpop", number, "a", "left"}) == kBadNumkeys);
    CHECK(names_of({"sintercard", number, "a"}) == kBadNumkeys);
    CHECK(names_of({"eval", "s", number, "a"}) == kNotAnInteger);
    CHECK(names_of({"fcall", "f", number, "a"}) == "ERR Bad number of keys provided");
  }
  CHECK(names_of({"zunion", "1\0"sv, "a"}) == kNotAnInteger);
}

TEST_CASE("too few keys are answered as each command answers it", "[names]") {
  for (std::string_view number : {"0", "-1", "-9223372036854775808"}) {
    CAPTURE(number);
    CHECK(names_of({"zunionstore", "d", number, "a"}) ==
          "ERR at least 1 input key is needed for 'zunionstore' command");
    CHECK(names_of({"ZINTERCARD", number, "a"}) ==
          "ERR at least 1 input key is needed for 'zintercard' command");
    CHECK(names_of({"lmpop", number, "a", "left"}) == kBadNumkeys);
    CHECK(names_of({"bzmpop", "0", number, "a", "min"}) == kBadNumkeys);
    CHECK(names_of({"sintercard", number, "a"}) == kBadNumkeys);
  }
  CHECK(names_of({"eval", "s", "-1", "a"}) == "ERR Number of keys can't be negative");
  CHECK(names_of({"fcall_ro", "f", "-1", "a"}) == "ERR Number of keys can't be negative");
}

TEST_CASE("more keys than arguments are answered as each command answers it", "[names]") {
  for (std::string_view number : {"2", "3", "2147483648", "4294967297", "9223372036854775807"}) {
    CAPTURE(number);
    CHECK(names_of({"zunion", number, "a"}) == kSyntax);
    CHECK(names_of({"zdiffstore", "d", number, "a"}) == kSyntax);
    CHECK(names_of({"sintercard", number, "a"}) == kTooLarge);
    CHECK(names_of({"eval", "s", number, "a"}) == kTooLarge);
    CHECK(names_of({"fcall", "f", number, "a"}) == kTooLarge);
  }
  CHECK(names_of({"lmpop", "3", "a", "left"}) == kSyntax);
  CHECK(names_of({"zmpop", "9223372036854775807", "a", "min"}) == kSyntax);
  // All that is left, and Redis misses the direction: the names are found, the backend complains.
  CHECK(names_of({"lmpop", "2", "a", "left"}) == "2:key 3:key");
}

TEST_CASE("keys behind a keyword", "[names]") {
  const Row forwards = row_with(after("KEYS", 2, -1));
  CHECK(found_by(forwards, {"test", "x", "keys", "a", "b"}) == "3:key 4:key");
  CHECK(found_by(forwards, {"test", "keys", "x", "KEYS", "a"}) == "4:key");
  CHECK(found_by(forwards, {"test", "x", "keys"}) == wrong_arity("test"));
  CHECK(found_by(forwards, {"test", "x", "y"}) == kSyntax);
  CHECK(found_by(forwards, {"test", "x", "keys\0"sv, "a"}) == kSyntax);
  CHECK(found_by(forwards, {"test"}) == kSyntax);

  const Row backwards = row_with(after("KEYS", -2, -1));
  CHECK(found_by(backwards, {"test", "x", "keys", "a"}) == "3:key");
  CHECK(found_by(backwards, {"test", "x", "keys", "keys", "a"}) == "4:key");
  CHECK(found_by(backwards, {"test", "x", "keys"}) == kSyntax);
  CHECK(found_by(backwards, {"test", "keys", "a"}) == kSyntax);
  CHECK(found_by(backwards, {"test"}) == kSyntax);

  const Row one = row_with(after("STORE", 1, 0));
  CHECK(found_by(one, {"test", "store", "a", "b"}) == "2:key");

  NameSpec spec = after("STORE", 1, 0);
  spec.optional = true;
  CHECK(found_by(row_with(spec), {"test", "x"}) == "");
}

TEST_CASE("the first half of what is left", "[names]") {
  const Row halves = row_with(after("STREAMS", 1, -1, 2));
  CHECK(found_by(halves, {"test", "streams", "a", "1"}) == "2:key");
  CHECK(found_by(halves, {"test", "streams", "a", "b", "1", "2"}) == "2:key 3:key");
  CHECK(found_by(halves, {"test", "streams", "a", "b", "1"}) == kSyntax);
  CHECK(found_by(halves, {"test", "streams", "a"}) == wrong_arity("test"));
  CHECK(found_by(halves, {"test", "streams"}) == wrong_arity("test"));
}

TEST_CASE("names are sorted, and none comes twice", "[names]") {
  Row row = row_with(after("STORE", 1, 0));
  row.names[1] = {.kind = NameKind::key, .begin = NameSpec::Begin::index, .at = 1, .last = -1};
  CHECK(found_by(row, {"test", "a", "store", "b"}) == "1:key 2:key 3:key");
}

TEST_CASE("fewer arguments than the row needs are refused, whoever asks", "[names]") {
  for (const Row& row : rows()) {
    if (!row.takes_names() || row.arity == -1) continue;
    CAPTURE(row.name);
    CHECK(found_by(row, {row.name}) == wrong_arity(std::string(row.name)));
  }
}

TEST_CASE("a row without names has none", "[names]") {
  CHECK(names_of({"ping", "hello"}) == "");
  CHECK(names_of({"dbsize"}) == "");
  CHECK(names_of({"multi"}) == "");
}

TEST_CASE("the vector of names is used again without allocating", "[names]") {
  resp::OwnedArgs args{"del"};
  for (int i = 0; i < 100; ++i) args.add("k");
  const Row& row = **find_row(args.view());
  Names names;
  REQUIRE(find_names(row, args.view(), names).has_value());
  const auto* data = names.data();
  const auto capacity = names.capacity();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(find_names(row, args.view(), names).has_value());
    CHECK(names.size() == 100);
  }
  CHECK(names.data() == data);
  CHECK(names.capacity() == capacity);
}

TEST_CASE("channels that PUBSUB asks about", "[names]") {
  CHECK(names_of({"pubsub", "channels"}) == "");
  CHECK(names_of({"pubsub", "channels", "c*"}) == "2:channel_pattern");
  CHECK(names_of({"pubsub", "shardchannels", "c*"}) == "2:channel_pattern");
  CHECK(names_of({"pubsub", "numsub"}) == "");
  CHECK(names_of({"pubsub", "numsub", "a", "b"}) == "2:channel 3:channel");
  CHECK(names_of({"pubsub", "shardnumsub", "a"}) == "2:channel");
  CHECK(names_of({"pubsub", "numpat"}) == "");
}

TEST_CASE("keys of newer commands", "[names]") {
  CHECK(names_of({"hexpire", "k", "10", "NX", "FIELDS", "2", "a", "b"}) == "1:key");
  CHECK(names_of({"hgetex", "k", "FIELDS", "1", "f"}) == "1:key");
  CHECK(names_of({"hsetex", "k", "EX", "10", "FIELDS", "1", "f", "v"}) == "1:key");
  CHECK(names_of({"vadd", "k", "VALUES", "2", "1", "2", "element"}) == "1:key");
  CHECK(names_of({"vsim", "k", "ELE", "element", "COUNT", "3"}) == "1:key");
  CHECK(names_of({"waitaof", "1", "0", "100"}) == "");
}

TEST_CASE("keys of modules' commands", "[names]") {
  CHECK(names_of({"JSON.SET", "k", "$", "{}"}) == "1:key");
  CHECK(names_of({"json.get", "k", "INDENT", "x", "$.a"}) == "1:key");
  CHECK(names_of({"json.mget", "a", "$"}) == "1:key");
  CHECK(names_of({"json.mget", "a", "b", "$"}) == "1:key 2:key");
  CHECK(names_of({"json.mset", "a", "$", "1", "b", "$", "2"}) == "1:key 4:key");
  CHECK(names_of({"json.debug", "memory", "k", "$"}) == "2:key");
  CHECK(names_of({"bf.add", "k", "item"}) == "1:key");
  CHECK(names_of({"cf.insert", "k", "CAPACITY", "9", "ITEMS", "a", "b"}) == "1:key");
  CHECK(names_of({"topk.incrby", "k", "a", "1"}) == "1:key");
  CHECK(names_of({"cms.merge", "d", "2", "a", "b", "WEIGHTS", "1", "2"}) == "1:key 3:key 4:key");
  CHECK(names_of({"tdigest.merge", "d", "1", "a", "OVERRIDE"}) == "1:key 3:key");
  CHECK(names_of({"ts.add", "k", "*", "1", "LABELS", "a", "b"}) == "1:key");
  CHECK(names_of({"ts.createrule", "a", "b", "AGGREGATION", "avg", "60"}) == "1:key 2:key");
  CHECK(names_of({"ts.madd", "a", "*", "1", "b", "*", "2"}) == "1:key 4:key");
}

TEST_CASE("modules' commands without all their keys are refused", "[names]") {
  CHECK(names_of({"bf.add"}) == wrong_arity("bf.add"));
  CHECK(names_of({"json.mget", "a"}) == wrong_arity("json.mget"));
  CHECK(names_of({"json.mset", "a", "$", "1", "b"}) == wrong_arity("json.mset"));
  CHECK(names_of({"json.mset", "a", "$", "1", "b", "$"}) == wrong_arity("json.mset"));
  CHECK(names_of({"ts.madd", "a", "*", "1", "b"}) == wrong_arity("ts.madd"));
  CHECK(names_of({"ts.createrule", "a"}) == wrong_arity("ts.createrule"));
  CHECK(names_of({"json.debug", "memory"}) == wrong_arity("json.debug|memory"));
  CHECK(names_of({"cms.merge", "d", "x", "a"}) == kNotAnInteger);
  CHECK(names_of({"cms.merge", "d", "2", "a"}) == kSyntax);
  CHECK(names_of({"cms.merge", "d", "-1", "a"}) != "1:key");
  CHECK(names_of({"tdigest.merge", "d", "18446744073709551617", "a"}) == kNotAnInteger);
}
