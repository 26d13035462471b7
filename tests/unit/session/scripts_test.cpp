#include "bulkhead/session/scripts.hpp"

#include "catch.hpp"

using namespace bulkhead;
using session::ScriptSets;

namespace {

session::ScriptBody body(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

TEST_CASE("a tenant finds the scripts that it has introduced, and no others") {
  ScriptSets sets;
  const config::Limits limits;
  sets.add("acme", "1", body("return 1"), limits);
  CHECK(*sets.find("acme", "1") == "return 1");
  CHECK(sets.find("globex", "1") == nullptr);
  CHECK(sets.find("acme", "2") == nullptr);
  sets.add("globex", "1", sets.find("acme", "1"), limits);
  sets.forget("acme");
  CHECK(sets.find("acme", "1") == nullptr);
  CHECK(sets.find("globex", "1") != nullptr);
  CHECK(sets.bytes() == 8);
}

TEST_CASE("the script that a tenant used longest ago makes room for its next one") {
  ScriptSets sets;
  config::Limits limits;
  limits.scripts = 2;
  sets.add("globex", "0", body("x"), limits);
  sets.add("acme", "1", body("a"), limits);
  sets.add("acme", "2", body("b"), limits);
  CHECK(sets.find("acme", "1") != nullptr);  // used: now 2 is the older one
  sets.add("acme", "3", body("c"), limits);
  CHECK(sets.find("acme", "2") == nullptr);
  CHECK(sets.find("acme", "1") != nullptr);
  CHECK(sets.find("acme", "3") != nullptr);
  CHECK(sets.find("globex", "0") != nullptr);
}

TEST_CASE("all scripts together are bounded, but for the one that is used now") {
  ScriptSets sets;
  config::Limits limits;
  limits.script_bytes = 10;
  sets.add("acme", "1", body("123456"), limits);
  sets.add("globex", "2", body("123456"), limits);
  CHECK(sets.find("acme", "1") == nullptr);
  CHECK(sets.bytes() == 6);
  sets.add("acme", "3", body("123456789012"), limits);
  CHECK(sets.find("acme", "3") != nullptr);
  CHECK(sets.bytes() == 12);
}
