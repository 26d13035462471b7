#include "asking.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::Asking;
using session::bulk;
using session::has;

TEST_CASE("to a tenant the server is one without cluster mode") {
  Asking ask;
  constexpr auto kDisabled = "-ERR This instance has cluster support disabled\r\n";
  CHECK(ask({"CLUSTER", "INFO"}) == kDisabled);
  CHECK(ask({"CLUSTER", "KEYSLOT", "k"}) == kDisabled);
  CHECK(ask({"READONLY"}) == kDisabled);
}

TEST_CASE("a user may look at itself and at nobody else") {
  Asking ask;
  const std::string reply = ask({"ACL", "GETUSER", "acme"});
  CHECK(has(reply, "+@all -@admin -@dangerous +@tenant"));
  CHECK(has(reply, "~*"));
  CHECK(ask({"ACL", "GETUSER", "globex"}) == "$-1\r\n");
}

TEST_CASE("nobody is tracked") {
  Asking ask;
  CHECK(ask({"CLIENT", "GETREDIR"}) == ":-1\r\n");
  CHECK(ask({"LATENCY", "LATEST"}) == "*0\r\n");
  CHECK(ask({"LATENCY", "RESET"}) == ":0\r\n");
  CHECK(ask({"MEMORY", "PURGE"}) == "+OK\r\n");
}
