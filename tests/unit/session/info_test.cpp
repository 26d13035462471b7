#include "session/info.hpp"

#include "catch.hpp"
#include "session/info_report.hpp"

using bulkhead::resp::OwnedArgs;
using bulkhead::session::human_bytes;
using bulkhead::session::read_info;

TEST_CASE("INFO without an argument asks for the default sections") {
  const auto request = read_info(OwnedArgs{"INFO"}.view());
  for (const char* section : {"server", "memory", "cpu", "errorstats", "keyspace"}) {
    CHECK(request.wants(section));
  }
  CHECK_FALSE(request.wants("commandstats"));
  CHECK_FALSE(request.wants("latencystats"));
  CHECK(request.wants_keys());
}

TEST_CASE("INFO names sections in any case, and several of them") {
  const auto request = read_info(OwnedArgs{"INFO", "Server", "CLIENTS"}.view());
  CHECK(request.wants("server"));
  CHECK(request.wants("clients"));
  CHECK_FALSE(request.wants("memory"));
  CHECK_FALSE(request.wants_keys());
  CHECK(read_info(OwnedArgs{"INFO", "KeySpace"}.view()).wants_keys());
  CHECK(read_info(OwnedArgs{"INFO", "memory"}.view()).wants_keys());
}

TEST_CASE("all and everything are every section, and default adds to what stands beside it") {
  for (const char* word : {"all", "Everything"}) {
    const auto request = read_info(OwnedArgs{"INFO", "server", word}.view());
    CHECK(request.wants("commandstats"));
    CHECK(request.wants("keyspace"));
  }
  const auto request = read_info(OwnedArgs{"INFO", "commandstats", "DEFAULT"}.view());
  CHECK(request.wants("commandstats"));
  CHECK(request.wants("server"));
  CHECK_FALSE(request.wants("latencystats"));
}

TEST_CASE("a section that there is not asks for nothing") {
  const auto request = read_info(OwnedArgs{"INFO", "nope"}.view());
  CHECK_FALSE(request.wants("server"));
  CHECK_FALSE(request.wants_keys());
}

TEST_CASE("bytes are written as Redis writes them for people") {
  CHECK(human_bytes(0) == "0B");
  CHECK(human_bytes(1023) == "1023B");
  CHECK(human_bytes(1063024) == "1.01M");
  CHECK(human_bytes(7110656) == "6.78M");
  CHECK(human_bytes(25276502016) == "23.54G");
}
