#include "asking.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::Asking;
using session::bulk;
using session::has;

TEST_CASE("ACL CAT lists the categories, and the commands of one") {
  Asking ask;
  const std::string categories = ask({"ACL", "CAT"});
  CHECK(has(categories, "keyspace"));
  CHECK(has(categories, "tenant"));
  const std::string connection = ask({"ACL", "CAT", "Connection"});
  CHECK(has(connection, "hello"));
  CHECK(has(connection, "client|getname"));
  CHECK_FALSE(has(connection, "get"));
  CHECK(ask({"ACL", "CAT", "nope"}) == "-ERR Unknown category 'nope'\r\n");
}

TEST_CASE("ACL WHOAMI is the user's name") {
  Asking ask;
  CHECK(ask({"ACL", "WHOAMI"}) == bulk("acme"));
  ask.client.user = nullptr;  // a listener bound to a tenant
  CHECK(ask({"ACL", "WHOAMI"}) == bulk("default"));
}

TEST_CASE("COMMAND LIST names what the tenant may run, containers and subcommands included") {
  Asking ask;
  const std::string all = ask({"COMMAND", "LIST"});
  for (const char* name : {"get", "client", "client|getname", "config|get"}) CHECK(has(all, name));
  for (const char* name : {"keys", "config|set", "shutdown"}) CHECK_FALSE(has(all, name));
  CHECK(has(Asking("globex")({"COMMAND", "LIST"}), "keys"));
  CHECK_FALSE(has(Asking("globex")({"COMMAND", "LIST"}), "lpush"));
}

TEST_CASE("COMMAND LIST FILTERBY chooses by pattern, category or module") {
  Asking ask;
  CHECK(ask({"COMMAND", "LIST", "FILTERBY", "PATTERN", "GETD*"}) == "*1\r\n" + bulk("getdel"));
  CHECK(ask({"command", "list", "filterby", "pattern", "client|getn*"}) ==
        "*1\r\n" + bulk("client|getname"));
  const std::string bitmaps = ask({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "BITMAP"});
  CHECK(has(bitmaps, "setbit"));
  CHECK_FALSE(has(bitmaps, "get"));
  CHECK(ask({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "nope"}) == "*0\r\n");
  CHECK(ask({"COMMAND", "LIST", "FILTERBY", "MODULE", "x"}) == "*0\r\n");
  for (const auto& args : {resp::OwnedArgs{"COMMAND", "LIST", "FILTERBY", "FOO", "x"},
                           resp::OwnedArgs{"COMMAND", "LIST", "FOO"},
                           resp::OwnedArgs{"COMMAND", "LIST", "FILTERBY", "PATTERN"}}) {
    CHECK(ask(args) == "-ERR syntax error\r\n");
  }
}

TEST_CASE("COMMAND COUNT counts commands without their subcommands") {
  Asking ask;
  const std::string count = ask({"COMMAND", "COUNT"});
  REQUIRE(count.starts_with(':'));
  CHECK(std::stoi(count.substr(1)) > 100);
  CHECK(std::stoi(count.substr(1)) < std::stoi(ask({"COMMAND", "LIST"}).substr(1)));
}

TEST_CASE("CONFIG GET tells what clients ask for, by pattern and in any case") {
  Asking ask;
  ask.facts.read("maxmemory:1048576\r\nmaxmemory_policy:noeviction\r\n");
  CHECK(ask({"CONFIG", "GET", "MaxMemory"}) == "*2\r\n" + bulk("maxmemory") + bulk("1048576"));
  CHECK(ask({"CONFIG", "GET", "maxmemory-*", "appendonly"}) ==
        "*4\r\n" + bulk("appendonly") + bulk("no") + bulk("maxmemory-policy") + bulk("noeviction"));
  CHECK(ask({"CONFIG", "GET", "requirepass"}) == "*0\r\n");
  CHECK(ask({"CONFIG", "GET", "save", "save"}) == "*2\r\n" + bulk("save") + bulk(""));
  ask.client.resp3 = true;
  CHECK(ask({"CONFIG", "GET", "proto-max-bulk-len"}) ==
        "%1\r\n" + bulk("proto-max-bulk-len") + bulk("536870912"));
}

TEST_CASE("the server is a master without replicas or modules") {
  Asking ask;
  CHECK(ask({"ROLE"}) == "*3\r\n" + bulk("master") + ":0\r\n*0\r\n");
  CHECK(ask({"MODULE", "LIST"}) == "*0\r\n");
}

TEST_CASE("facts of the backend are passed on where they are nobody's secret") {
  Asking ask;
  CHECK(ask({"LASTSAVE"}) == ":0\r\n");
  ask.facts.read("rdb_last_save_time:1700000000\r\nredis_version:7.0.15\r\n");
  CHECK(ask({"LASTSAVE"}) == ":1700000000\r\n");
  CHECK(ask({"LOLWUT"}) == bulk("Redis ver. 7.0.15\n"));
}

TEST_CASE("TIME is two numbers, and the clock runs") {
  Asking ask;
  const std::string time = ask({"TIME"});
  CHECK(time.starts_with("*2\r\n$10\r\n"));
}
