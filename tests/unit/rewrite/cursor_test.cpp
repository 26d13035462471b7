#include "bulkhead/rewrite/cursor.hpp"

#include "catch.hpp"

#include <random>
#include <set>

using bulkhead::rewrite::Cursor;
using bulkhead::rewrite::kCursorPlaces;
using bulkhead::rewrite::kUpstreamCursorMax;
using bulkhead::rewrite::seal;
using bulkhead::rewrite::unseal;

namespace {

constexpr std::uint64_t kLimit = std::uint64_t{1} << 53;

Cursor random_cursor(std::mt19937_64& random) {
  const auto bits = random() % 38;
  const std::uint64_t upstream = random() & ((std::uint64_t{1} << bits) - 1);
  return {static_cast<std::uint32_t>(random() % kCursorPlaces),
          upstream + 1 <= kUpstreamCursorMax ? upstream + 1 : 1};
}

}  // namespace

TEST_CASE("a sealed cursor comes back as it was, is never 0 and fits a double") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const Cursor cursor = random_cursor(random);
    const std::uint64_t key = random();
    const auto sealed = seal(cursor, key);
    REQUIRE(sealed);
    REQUIRE(*sealed != 0);
    REQUIRE(*sealed < kLimit);
    REQUIRE(unseal(*sealed, key) == cursor);
  }
}

TEST_CASE("the largest cursor fits, and what is larger is refused") {
  const Cursor largest{kCursorPlaces - 1, kUpstreamCursorMax};
  const auto sealed = seal(largest, 7);
  REQUIRE(sealed);
  CHECK(unseal(*sealed, 7) == largest);
  CHECK_FALSE(seal({0, kUpstreamCursorMax + 1}, 7));
  CHECK_FALSE(seal({0, ~std::uint64_t{0}}, 7));
  CHECK_FALSE(seal({kCursorPlaces, 1}, 7));
}

TEST_CASE("another tenant's key opens a cursor once in a thousand times at most") {
  std::mt19937_64 random(2);
  int opened = 0;
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t key = random();
    const auto sealed = seal(random_cursor(random), key);
    if (unseal(*sealed, random())) ++opened;
  }
  CHECK(opened < 200);  // 98 expected
}

TEST_CASE("a guessed number is no cursor but for once in a thousand times") {
  std::mt19937_64 random(3);
  int opened = 0;
  for (int i = 0; i < 100000; ++i) {
    if (unseal(random() % kLimit, 42)) ++opened;
  }
  CHECK(opened < 200);
}

TEST_CASE("0 and what is out of range are no cursors") {
  CHECK_FALSE(unseal(0, 1));
  CHECK_FALSE(unseal(kLimit, 1));
  CHECK_FALSE(unseal(~std::uint64_t{0}, 1));
}

TEST_CASE("neighbouring cursors have nothing in common when sealed") {
  std::set<std::uint64_t> high_halves;
  for (std::uint64_t upstream = 1; upstream <= 256; ++upstream) {
    high_halves.insert(*seal({0, upstream}, 5) >> 27);
  }
  CHECK(high_halves.size() > 250);
}
