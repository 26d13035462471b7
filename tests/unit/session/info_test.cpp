#include "session/info.hpp"

#include "catch.hpp"

using bulkhead::resp::OwnedArgs;
using bulkhead::session::read_info;

TEST_CASE("INFO without an argument asks for every section") {
  const auto request = read_info(OwnedArgs{"INFO"}.view());
  CHECK(request.sections.empty());
  CHECK(request.keyspace);
}

TEST_CASE("INFO names sections in any case, and several of them") {
  const auto request = read_info(OwnedArgs{"INFO", "Server", "MEMORY"}.view());
  CHECK(request.sections == std::set<std::string>{"server", "memory"});
  CHECK_FALSE(request.keyspace);
  CHECK(read_info(OwnedArgs{"INFO", "KeySpace"}.view()).keyspace);
}

TEST_CASE("all, default and everything are every section, whatever stands beside them") {
  for (const std::string_view word : {"all", "DEFAULT", "everything"}) {
    const auto request = read_info(OwnedArgs{"INFO", "server", word}.view());
    CHECK(request.sections.empty());
    CHECK(request.keyspace);
  }
}

TEST_CASE("a section that there is not asks for nothing") {
  const auto request = read_info(OwnedArgs{"INFO", "nope"}.view());
  CHECK(request.sections == std::set<std::string>{"nope"});
  CHECK_FALSE(request.keyspace);
}
