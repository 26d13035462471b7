#include "upstream/condition.hpp"

#include "bulkhead/upstream/control.hpp"
#include "catch.hpp"

#include <string>

using namespace bulkhead;
using metrics::Condition;

namespace {

Condition of(const std::string& info, std::int64_t before = 0) {
  upstream::Facts facts;
  facts.read(info);
  return upstream::condition_of_info(facts, before);
}

}  // namespace

TEST_CASE("the answer to PING tells the condition by its first word") {
  const auto of_reply = upstream::condition_of_reply;
  CHECK(of_reply("PONG") == Condition::up);
  CHECK(of_reply("LOADING Redis is loading the dataset in memory") == Condition::loading);
  CHECK(of_reply("MASTERDOWN Link with MASTER is down") == Condition::masterdown);
  CHECK(of_reply("BUSY Redis is busy running a script.") == Condition::busy);
  CHECK(of_reply("MISCONF Redis is configured to save RDB snapshots") == Condition::misconf);
  CHECK(of_reply("NOAUTH Authentication required.") == Condition::refused);
  CHECK(of_reply("") == Condition::refused);
  CHECK(of_reply("LOADINGS") == Condition::refused);
}

TEST_CASE("INFO tells a replica, and one whose memory is full") {
  const std::string full = "maxmemory:1000\r\nmaxmemory_policy:noeviction\r\nused_memory:";
  CHECK(of("role:master\r\n") == Condition::up);
  CHECK(of("") == Condition::up);
  CHECK(of("loading:1\r\n") == Condition::loading);
  CHECK(of("role:slave\r\nslave_read_only:1\r\n") == Condition::readonly);
  CHECK(of("role:slave\r\nslave_read_only:0\r\n") == Condition::up);
  CHECK(of(full + "1000\r\n") == Condition::up);
  CHECK(of(full + "1001\r\n") == Condition::oom);
  CHECK(of(full + "1001\r\nmem_not_counted_for_evict:5\r\n") == Condition::up);
  CHECK(of("maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\nused_memory:2000\r\n") ==
        Condition::up);
}

TEST_CASE("a write that was refused since the last time says that the memory is full") {
  const std::string info =
      "maxmemory:1000\r\nmaxmemory_policy:noeviction\r\nused_memory:990\r\nerrorstat_OOM:count="
      "5\r\n";
  CHECK(of(info, -1) == Condition::up);  // the first time: it may be long ago
  CHECK(of(info, 5) == Condition::up);
  CHECK(of(info, 4) == Condition::oom);
}

TEST_CASE("a backend that refuses some commands answers all the same") {
  CHECK(metrics::answers_commands(Condition::up));
  CHECK(metrics::answers_commands(Condition::oom));
  CHECK(metrics::answers_commands(Condition::busy));
  CHECK_FALSE(metrics::answers_commands(Condition::unknown));
  CHECK_FALSE(metrics::answers_commands(Condition::loading));
  CHECK_FALSE(metrics::answers_commands(Condition::hung));
}
