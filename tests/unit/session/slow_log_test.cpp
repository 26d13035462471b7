#include "bulkhead/session/slow_log.hpp"

#include "catch.hpp"

using namespace bulkhead::session;

namespace {

std::vector<std::string> kept(std::string_view request) {
  RequestHead head;
  head.keep(request);
  return head.args();
}

using Args = std::vector<std::string>;

}  // namespace

TEST_CASE("the head of a request says which command it was") {
  CHECK(kept("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n") == Args{"GET", "k"});
  CHECK(kept("GET 'a key'\r\n") == Args{"GET", "a key"});
  CHECK(kept("").empty());
}

TEST_CASE("what does not fit is said to be missing") {
  const std::string large(1000, 'v');
  const auto value = kept("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\n" + large + "\r\n");
  REQUIRE(value.size() == 3);
  CHECK(value[2].starts_with("vvv"));
  CHECK(value[2].find("more bytes)") != std::string::npos);
  std::string many = "*50\r\n$4\r\nSADD\r\n";
  for (int i = 0; i < 49; ++i) many += "$2\r\nxx\r\n";
  const auto members = kept(many);
  CHECK(members.front() == "SADD");
  CHECK(members.back().find("more arguments)") != std::string::npos);
}

TEST_CASE("the newest entries are kept") {
  SlowLog log;
  for (std::uint64_t i = 0; i < 5; ++i) {
    SlowEntry entry;
    entry.id = i;
    log.add(entry, 3);
  }
  REQUIRE(log.entries().size() == 3);
  CHECK(log.entries().front().id == 4);
  CHECK(log.entries().back().id == 2);
  log.clear();
  CHECK(log.entries().empty());
}
