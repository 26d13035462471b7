#include "bulkhead/upstream/control.hpp"

#include "catch.hpp"

using bulkhead::upstream::Facts;

TEST_CASE("the fields of INFO are read, titles and empty lines are not") {
  Facts facts;
  CHECK_FALSE(facts.known());
  facts.read(
      "# Server\r\nredis_version:7.0.15\r\nconfig_file:/etc/a:b\r\n\r\n# Memory\r\n"
      "maxmemory:0\r\nempty:\r\n");
  CHECK(facts.known());
  CHECK(facts.get("redis_version") == "7.0.15");
  CHECK(facts.get("config_file") == "/etc/a:b");
  CHECK(facts.get("maxmemory") == "0");
  CHECK(facts.get("empty").empty());
  CHECK(facts.get("# Server").empty());
  CHECK(facts.get("nothing").empty());
}

TEST_CASE("a later report replaces what has changed") {
  Facts facts;
  facts.read("role:master\r\nmaxmemory:0\r\n");
  facts.read("role:slave\r\n");
  CHECK(facts.get("role") == "slave");
  CHECK(facts.get("maxmemory") == "0");
}

TEST_CASE("a report that is cut or empty is read as far as it goes") {
  Facts facts;
  facts.read("");
  CHECK_FALSE(facts.known());
  facts.read("redis_version:7.0.15\r\nrole:mas");
  CHECK(facts.get("role") == "mas");
  facts.read("\r\n\r\nno colon\r\n");
  CHECK(facts.get("no colon").empty());
}
