#include "rewrite/script/mentions.hpp"

#include "catch.hpp"

using namespace bulkhead::rewrite::script;

TEST_CASE("words, quoted words and the fields of redis are noted") {
  const Mentions found =
      mentions_of("redis.call('hset', \"JSON.GET\", 'two words', k) -- comment_1");
  CHECK(found.has("comment_1"));
  CHECK_FALSE(found.has("omment_1"));
  CHECK(found.quoted.contains("hset"));
  CHECK(found.quoted.contains("JSON.GET"));
  CHECK_FALSE(found.quoted.contains("two words"));
  CHECK(found.redis_fields.contains("call"));
  CHECK_FALSE(found.all_of_redis);
}

TEST_CASE("redis without a field behind it may mean all of it") {
  for (const char* text :
       {"local r = redis", "redis['call']", "redis --[[x]] .call", "redis", "_G"}) {
    INFO(text);
    CHECK(mentions_of(text).all_of_redis);
  }
  CHECK_FALSE(mentions_of("redis\n .\n call()").all_of_redis);
}

TEST_CASE("the line of the first tail call") {
  CHECK(tail_call_line("return redis.call('GET')") == 1);
  CHECK(tail_call_line("local x\n\nreturn redis.call('GET')\nreturn redis.call()") == 3);
  CHECK(tail_call_line("return 1\nreturn f()") == 1);
  CHECK(tail_call_line("") == 1);
}
