#include "bulkhead/command/blocking.hpp"

#include "catch.hpp"

using bulkhead::command::asks_to_block;
using bulkhead::resp::OwnedArgs;

TEST_CASE("BLOCK asks to block wherever Redis reads options") {
  CHECK(asks_to_block(OwnedArgs{"XREAD", "BLOCK", "0", "STREAMS", "a", "$"}.view()));
  CHECK(asks_to_block(OwnedArgs{"xread", "count", "1", "block", "0", "streams", "a", "$"}.view()));
  CHECK(asks_to_block(
      OwnedArgs{"XREADGROUP", "GROUP", "g", "c", "NOACK", "BLOCK", "0", "STREAMS", "a", ">"}
          .view()));
}

TEST_CASE("a group, a consumer, a count or a key called block is none") {
  CHECK_FALSE(asks_to_block(OwnedArgs{"XREAD", "STREAMS", "block", "0"}.view()));
  CHECK_FALSE(asks_to_block(OwnedArgs{"XREAD", "COUNT", "block", "STREAMS", "a", "0"}.view()));
  CHECK_FALSE(asks_to_block(
      OwnedArgs{"XREADGROUP", "GROUP", "block", "block", "STREAMS", "a", ">"}.view()));
  CHECK_FALSE(asks_to_block(OwnedArgs{"XREAD"}.view()));
}
