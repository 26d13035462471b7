#include "asking.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::Asking;
using session::has;

TEST_CASE("a client that is not tracked") {
  Asking ask;
  CHECK(ask({"CLIENT", "GETREDIR"}) == ":-1\r\n");
  CHECK(has(ask({"CLIENT", "TRACKINGINFO"}), "off"));
  CHECK(ask({"CLIENT", "CACHING", "YES"}).starts_with("-ERR CLIENT CACHING can be called only"));
}

TEST_CASE("a client that is tracked") {
  Asking ask;
  ask.client.tracking.emplace();
  ask.client.tracking->opt_in = true;
  ask.client.tracking->redirect = 9;
  CHECK(ask({"CLIENT", "GETREDIR"}) == ":9\r\n");
  CHECK(ask({"CLIENT", "CACHING", "NO"}).starts_with("-ERR CLIENT CACHING NO is only valid"));
  CHECK(ask({"CLIENT", "CACHING", "MAYBE"}) == "-ERR syntax error\r\n");
  CHECK(ask({"CLIENT", "CACHING", "YES"}) == "+OK\r\n");
  CHECK(has(ask({"CLIENT", "TRACKINGINFO"}), "caching-yes"));
  CHECK(ask({"CLIENT", "INFO"}).find(" flags=t ") != std::string::npos);
}
