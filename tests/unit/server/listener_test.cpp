#include "bulkhead/server/listener.hpp"

#include "catch.hpp"

using namespace bulkhead;

namespace {

config::Listener at(std::uint16_t port, std::optional<std::string> tenant = std::nullopt) {
  config::Listener listener;
  listener.address.host = "127.0.0.1";
  listener.address.port = port;
  listener.tenant = std::move(tenant);
  return listener;
}

}  // namespace

TEST_CASE("listeners are known again by their addresses, those of port 0 by their order") {
  const std::vector<config::Listener> now = {at(1), at(0), at(0), at(2)};
  const std::vector<config::Listener> next = {at(0, "a"), at(1, "b"), at(0, "c"), at(3)};
  const auto found = server::counterparts(now, next);
  REQUIRE(found.size() == 4);
  CHECK(found[0] == &next[1]);
  CHECK(found[1] == &next[0]);
  CHECK(found[2] == &next[2]);
  CHECK(found[3] == nullptr);
}
