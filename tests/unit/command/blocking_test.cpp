#include "bulkhead/command/blocking.hpp"

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

using bulkhead::command::kBlocksForever;
using bulkhead::resp::OwnedArgs;
using std::chrono::milliseconds;

namespace {

std::optional<milliseconds> time_of(const OwnedArgs& args) {
  return bulkhead::command::blocking_time(**bulkhead::command::find_row(args.view()), args.view());
}

}  // namespace

TEST_CASE("the timeout is where the row says") {
  CHECK(time_of({"BLPOP", "a", "b", "2"}) == milliseconds(2000));
  CHECK(time_of({"BLPOP", "a", "0.5"}) == milliseconds(500));
  CHECK(time_of({"BLMPOP", "1.5", "1", "a", "LEFT"}) == milliseconds(1500));
  CHECK(time_of({"WAIT", "1", "70"}) == milliseconds(70));
  CHECK(time_of({"BRPOP", "a", "0"}) == kBlocksForever);
}

TEST_CASE("what Redis refuses as a timeout is none") {
  CHECK(time_of({"BLPOP", "a", "-1"}) == milliseconds(0));
  CHECK(time_of({"BLPOP", "a", "nan"}) == milliseconds(0));
}

TEST_CASE("a timeout beyond all bounds is bounded") {
  CHECK(time_of({"BLPOP", "a", "1e300"}) > milliseconds(1'000'000));
}

TEST_CASE("XREAD and XREADGROUP block with BLOCK alone") {
  CHECK(time_of({"XREAD", "BLOCK", "0", "STREAMS", "a", "$"}) == kBlocksForever);
  CHECK(time_of({"xread", "count", "1", "block", "20", "streams", "a", "$"}) == milliseconds(20));
  CHECK(time_of({"XREADGROUP", "GROUP", "block", "c", "BLOCK", "5", "STREAMS", "a", ">"}) ==
        milliseconds(5));
  CHECK_FALSE(time_of({"XREAD", "STREAMS", "block", "0"}));
  CHECK_FALSE(time_of({"XREAD", "COUNT", "block", "STREAMS", "a", "0"}));
  CHECK_FALSE(time_of({"XREADGROUP", "GROUP", "block", "c", "STREAMS", "a", ">"}));
}

TEST_CASE("other commands do not block") {
  CHECK_FALSE(time_of({"GET", "a"}));
  CHECK_FALSE(time_of({"MULTI"}));
}
