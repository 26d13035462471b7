#include "bulkhead/request/plan.hpp"
#include "catch.hpp"
#include "sample.hpp"

using namespace bulkhead;
using namespace bulkhead::request;

TEST_CASE("the parts know which of the client's names are theirs") {
  const auto snapshot = snapshot_of(kSample);
  const auto client = client_of(*snapshot, "acme");
  const resp::OwnedArgs args{"MGET", "x", "session:1", "y", "rate:1", "session:1"};
  Scratch scratch;
  const Plan made = plan(*snapshot, client, args.view(), scratch);
  REQUIRE(std::holds_alternative<Split>(made.step));
  const auto parts = split(client, *snapshot, args.view(), scratch);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].positions == std::vector<std::uint32_t>{0, 2});
  CHECK(parts[1].positions == std::vector<std::uint32_t>{1, 4});
  CHECK(parts[2].positions == std::vector<std::uint32_t>{3});
  CHECK(parts[0].route.place == route::Place{0, 1});
  CHECK(parts[1].route.place == route::Place{0, 0});
  CHECK(parts[2].route.place == route::Place{1, 2});
}

TEST_CASE("a part may hold keys of two features in one database, each with its own prefix") {
  const auto snapshot = snapshot_of(R"(
listen: [{ address: 127.0.0.1:0 }]
backends: [{ name: main, address: 127.0.0.1:6379 }]
features:
  - { name: a, db: 0, keys: ["a:*"] }
  - { name: b, db: 0, keys: ["b:*"] }
  - { name: c, db: 1, keys: ["c:*"] }
default_feature: c
policy: ["+@all"]
tenants:
  - { name: t, prefix: "t:{feature}:", users: [{ name: t, passwords: ["HASH"] }] }
)");
  const auto client = client_of(*snapshot, "t");
  CHECK(step_of(*snapshot, client, {"DEL", "a:1", "b:1", "c:1"}) ==
        "main/0: DEL t:a:a:1 t:b:b:1; main/1: DEL t:c:c:1");
  CHECK(step_of(*snapshot, client, {"MSET", "a:1", "v", "b:1", "w"}) ==
        "main/0: MSET t:a:a:1 v t:b:b:1 w");
}
