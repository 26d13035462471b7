#include "bulkhead/session/turn_share.hpp"

#include "catch.hpp"

using bulkhead::session::TurnShare;

TEST_CASE("a client has a part of its tenant's turn, and all of them no more than the turn") {
  TurnShare share;
  std::int32_t handled = 0;
  for (int client = 0; client < 20; ++client) {
    const std::int32_t part = share.part(1, 1);
    CHECK(part <= TurnShare::kClient);
    share.take(part);
    handled += part;
  }
  CHECK(handled == TurnShare::kTurn);
  CHECK(share.part(1, 1) == 0);
  CHECK(share.part(2, 1) == TurnShare::kClient);
}

TEST_CASE("a weight is a longer turn") {
  TurnShare share;
  std::int32_t handled = 0;
  while (const std::int32_t part = share.part(1, 3)) {
    share.take(part);
    handled += part;
  }
  CHECK(handled == 3 * TurnShare::kTurn);
}

TEST_CASE("who takes more than there was leaves nothing, and owes nothing") {
  TurnShare share;
  share.part(1, 1);
  share.take(10 * TurnShare::kTurn);
  CHECK(share.part(1, 1) == 0);
  CHECK(share.part(2, 1) == TurnShare::kClient);
}
