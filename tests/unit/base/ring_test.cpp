#include "bulkhead/base/ring.hpp"

#include "catch.hpp"

#include <deque>
#include <memory>
#include <random>

using bulkhead::Ring;

TEST_CASE("a ring is a queue, however it has grown and turned") {
  std::mt19937 random(6);
  Ring<int> ring;
  std::deque<int> model;
  for (int i = 0; i < 20000; ++i) {
    const bool grows = random() % 1000 < (i / 2000 % 2 == 0 ? 600u : 400u);
    if (grows) {
      CHECK(ring.push(i) == i);
      model.push_back(i);
    } else if (!model.empty()) {
      ring.pop();
      model.pop_front();
    }
    REQUIRE(ring.size() == model.size());
    REQUIRE(ring.empty() == model.empty());
    if (model.empty()) continue;
    REQUIRE(ring.front() == model.front());
    REQUIRE(ring.back() == model.back());
    const std::size_t at = random() % model.size();
    REQUIRE(ring[at] == model[at]);
  }
}

TEST_CASE("what is popped is let go at once") {
  Ring<std::shared_ptr<int>> ring;
  const auto value = std::make_shared<int>(1);
  ring.push(value);
  CHECK(value.use_count() == 2);
  ring.pop();
  CHECK(value.use_count() == 1);
}

TEST_CASE("an empty ring gives its memory back and works on") {
  Ring<int> ring;
  for (int i = 0; i < 100; ++i) ring.push(i);
  ring.shrink(4);
  CHECK(ring.size() == 100);
  while (!ring.empty()) ring.pop();
  ring.shrink(4);
  ring.push(7);
  CHECK(ring.front() == 7);
  CHECK(ring.back() == 7);
}

TEST_CASE("values that can only be moved are moved") {
  Ring<std::unique_ptr<int>> ring;
  for (int i = 0; i < 9; ++i) ring.push(std::make_unique<int>(i));
  for (int i = 0; i < 9; ++i) {
    CHECK(*ring.front() == i);
    ring.pop();
  }
}

TEST_CASE("the last one can be taken back") {
  Ring<std::shared_ptr<int>> ring;
  const auto value = std::make_shared<int>(1);
  for (int i = 0; i < 3; ++i) ring.push(value);
  ring.pop();
  ring.push(std::make_shared<int>(2));
  ring.push(std::make_shared<int>(3));
  ring.pop_back();
  CHECK(ring.size() == 3);
  CHECK(*ring.back() == 2);
  ring.pop_back();
  ring.pop_back();
  ring.pop_back();
  CHECK(ring.empty());
  CHECK(value.use_count() == 1);
}
