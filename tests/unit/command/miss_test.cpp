#include "bulkhead/command/miss.hpp"

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

#include <string>

using namespace bulkhead;
using command::Miss;

namespace {

std::string miss_of(std::initializer_list<std::string_view> words, bool resp3 = false) {
  const resp::OwnedArgs args(words);
  const auto row = command::find_row(args.view());
  const auto missing = command::missing(**row, args.view(), resp3);
  if (missing.kind == Miss::none) return "the error";
  Buffer out;
  command::write_missing(missing, out);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("a read finds what is in an empty cache, in both protocols") {
  CHECK(miss_of({"GET", "a"}) == "$-1\r\n");
  CHECK(miss_of({"GET", "a"}, true) == "_\r\n");
  CHECK(miss_of({"MGET", "a", "b"}) == "*2\r\n$-1\r\n$-1\r\n");
  CHECK(miss_of({"MGET", "a", "b"}, true) == "*2\r\n_\r\n_\r\n");
  CHECK(miss_of({"HMGET", "h", "a", "b"}) == "*2\r\n$-1\r\n$-1\r\n");
  CHECK(miss_of({"HGETALL", "h"}) == "*0\r\n");
  CHECK(miss_of({"HGETALL", "h"}, true) == "%0\r\n");
  CHECK(miss_of({"SMEMBERS", "s"}) == "*0\r\n");
  CHECK(miss_of({"SMEMBERS", "s"}, true) == "~0\r\n");
  CHECK(miss_of({"SRANDMEMBER", "s"}) == "$-1\r\n");
  CHECK(miss_of({"SRANDMEMBER", "s", "3"}) == "*0\r\n");
  CHECK(miss_of({"SMISMEMBER", "s", "a", "b"}) == "*2\r\n:0\r\n:0\r\n");
  CHECK(miss_of({"GEOPOS", "g", "a"}) == "*1\r\n*-1\r\n");
  CHECK(miss_of({"HSCAN", "h", "7"}) == "*2\r\n$1\r\n0\r\n*0\r\n");
  CHECK(miss_of({"TTL", "a"}) == ":-2\r\n");
  CHECK(miss_of({"TYPE", "a"}) == "+none\r\n");
  CHECK(miss_of({"GETRANGE", "a", "0", "5"}) == "$0\r\n\r\n");
  CHECK(miss_of({"EXISTS", "a", "b"}) == ":0\r\n");
}

TEST_CASE("a write is answered as if it were done") {
  CHECK(miss_of({"SET", "a", "1"}) == "+OK\r\n");
  CHECK(miss_of({"SET", "a", "1", "ex", "10", "KEEPTTL"}) == "+OK\r\n");
  CHECK(miss_of({"MSET", "a", "1", "b", "2"}) == "+OK\r\n");
  CHECK(miss_of({"HSET", "h", "a", "1", "b", "2"}) == ":2\r\n");
  CHECK(miss_of({"SADD", "s", "a", "b", "c"}) == ":3\r\n");
  CHECK(miss_of({"INCR", "n"}) == ":1\r\n");
  CHECK(miss_of({"DEL", "a", "b"}) == ":0\r\n");
  CHECK(miss_of({"EXPIRE", "a", "10"}) == ":0\r\n");
}

TEST_CASE("who asks for what is there, or for work, is told the error") {
  for (const auto& words : std::initializer_list<std::initializer_list<std::string_view>>{
           {"SET", "a", "1", "NX"},
           {"SET", "a", "1", "EX", "10", "GET"},
           {"SETNX", "a", "1"},
           {"LPUSH", "q", "job"},
           {"RPOP", "q"},
           {"XADD", "x", "*", "a", "1"},
           {"ZADD", "z", "1", "a"},
           {"RENAME", "a", "b"}}) {
    CAPTURE(*words.begin());
    CHECK(miss_of(words) == "the error");
  }
}

TEST_CASE("errors about the backend's state are told from errors of the command") {
  CHECK(command::is_about_state("-LOADING Redis is loading the dataset in memory\r\n"));
  CHECK(command::is_about_state("-OOM command not allowed\r\n"));
  CHECK(command::is_about_state("-READONLY\r\n"));
  CHECK(command::is_about_state("!10\r\nREADONLY x\r\n"));
  CHECK_FALSE(command::is_about_state("-WRONGTYPE Operation against a key\r\n"));
  CHECK_FALSE(command::is_about_state("-ERR LOADING\r\n"));
  CHECK_FALSE(command::is_about_state("-\r\n"));
}

TEST_CASE("only commands on keys may miss, and writes that are answered by what they find do not") {
  for (const command::Row& row : command::rows()) {
    if (row.miss == Miss::none) continue;
    CAPTURE(row.name);
    CHECK(row.takes_names());
    CHECK((row.handling == command::Handling::forward || row.handling == command::Handling::split));
    CHECK(row.reply == command::ReplyRule::plain);
    CHECK((row.flags & (command::kReadonly | command::kWrite)) != 0);
  }
}
