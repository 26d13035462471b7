#include "bulkhead/command/table.hpp"
#include "bulkhead/rewrite/script_fence.hpp"
#include "catch.hpp"

#include <algorithm>

using namespace bulkhead;
using namespace bulkhead::rewrite::script;

namespace {

tenant::Tenant acme() {
  tenant::Tenant tenant;
  tenant.name = "acme";
  tenant.prefixes = {{"ac*me:", "ac\\*me:"}};
  return tenant;
}

bool has(const std::vector<std::string>& rules, const std::string& rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

}  // namespace

TEST_CASE("the fence takes everything away and gives the tenant's own names back") {
  const auto rules = fence_rules(acme(), {}, Fenced::scripts, ">secret");
  CHECK(fence_user(acme()) == "bulkhead:acme");
  CHECK(rules[0] == "reset");
  CHECK(has(rules, ">secret"));
  CHECK(has(rules, "~ac\\*me:*"));
  CHECK(has(rules, "&ac\\*me:*"));
  CHECK(has(rules, "-@all"));
  for (const char* given : {"+get", "+eval", "+evalsha", "+select", "+publish", "+xgroup|create",
                            "+script|load", "+eval_ro", "+fcall", "+fcall_ro"}) {
    INFO(given);
    CHECK(has(rules, given));
  }
  for (const char* kept :
       {"+scan", "+config|get", "+flushall", "+script|flush", "+acl|setuser", "+blpop", "+multi",
        "+dbsize", "+function|load", "+function|list", "+swapdb", "+xgroup"}) {
    INFO(kept);
    CHECK_FALSE(has(rules, kept));
  }
}

TEST_CASE("the tenant's policy and the backend's commands bound the fence") {
  Shape shape;
  shape.allows = [](std::size_t row) { return command::rows()[row].name != "set"; };
  shape.backend_has = [](std::size_t row) { return command::rows()[row].name != "get"; };
  const auto rules = fence_rules(acme(), shape, Fenced::scripts, ">x");
  CHECK_FALSE(has(rules, "+set"));
  CHECK_FALSE(has(rules, "+get"));
  CHECK(has(rules, "+select"));
}

TEST_CASE("what gives keys their expiry is permitted, whatever the tenant may") {
  Shape shape;
  shape.allows = [](std::size_t) { return false; };
  shape.features.resize(1);
  CHECK_FALSE(has(fence_rules(acme(), shape, Fenced::scripts, ">x"), "+pexpire"));
  shape.features[0].fallback = 1000;
  const auto rules = fence_rules(acme(), shape, Fenced::scripts, ">x");
  for (const char* given : {"+pexpire", "+pttl", "+multi", "+exec"}) CHECK(has(rules, given));
  CHECK_FALSE(has(rules, "+expire"));
}

TEST_CASE("a fence around everything has transactions and blocking commands, too") {
  const auto rules = fence_rules(acme(), {}, Fenced::everything, ">x");
  for (const char* given : {"+blpop", "+multi", "+exec", "+watch", "+subscribe", "+get"}) {
    INFO(given);
    CHECK(has(rules, given));
  }
  CHECK_FALSE(has(rules, "+flushall"));
  CHECK_FALSE(has(rules, "+monitor"));
  CHECK(has(rules, "(-@all +psubscribe allchannels)"));
  const std::string events =
      "(-@all +subscribe resetchannels &ac\\*me:* &__keyevent@*__:* &__keyspace@?__:ac\\*me:* "
      "&__keyspace@??__:ac\\*me:* &__keyspace@???__:ac\\*me:* &__keyspace@????__:ac\\*me:*)";
  CHECK(has(rules, events));
}

TEST_CASE("what the proxy says itself does not depend on the policy") {
  Shape shape;
  shape.allows = [](std::size_t row) { return command::rows()[row].name == "get"; };
  const auto rules = fence_rules(acme(), shape, Fenced::everything, ">x");
  for (const char* given : {"+get", "+ping", "+eval", "+copy", "+client|tracking", "+unlink"}) {
    INFO(given);
    CHECK(has(rules, given));
  }
  for (const char* kept : {"+hset", "+blpop", "+publish"}) CHECK_FALSE(has(rules, kept));
  CHECK(std::none_of(rules.begin(), rules.end(), [](const auto& rule) { return rule[0] == '('; }));
}
