#include "bulkhead/upstream/window.hpp"

#include "catch.hpp"

using bulkhead::upstream::kCommandCost;
using bulkhead::upstream::Window;

namespace {

constexpr std::size_t kMost = 4096 * kCommandCost;

void answer(Window& window, std::size_t windows, bool dry) {
  for (std::size_t i = 0; i < windows; ++i) window.answered(window.size(kMost), dry, kMost);
}

}  // namespace

TEST_CASE("a window grows while the backend runs dry, up to what is allowed") {
  Window window;
  const std::size_t before = window.size(kMost);
  answer(window, 1, true);
  CHECK(window.size(kMost) > before);
  answer(window, 100, true);
  CHECK(window.size(kMost) == kMost);
}

TEST_CASE("it shrinks while the backend has enough to do, but never to nothing") {
  Window window;
  const std::size_t before = window.size(kMost);
  answer(window, 1, false);
  CHECK(window.size(kMost) < before);
  answer(window, 1000, false);
  CHECK(window.size(kMost) == 4 * kCommandCost);
}

TEST_CASE("it is judged once per window that was answered") {
  Window window;
  const std::size_t before = window.size(kMost);
  window.answered(before / 4, true, kMost);
  window.answered(before / 4, false, kMost);
  CHECK(window.size(kMost) == before);
  window.answered(before / 2, false, kMost);
  CHECK(window.size(kMost) > before);  // it was dry in between
}

TEST_CASE("a bound that is lowered holds at once") {
  Window window;
  CHECK(window.size(2 * kCommandCost) == 2 * kCommandCost);
  window.answered(10 * kCommandCost, true, 2 * kCommandCost);
  CHECK(window.size(2 * kCommandCost) == 2 * kCommandCost);
  window.answered(10 * kCommandCost, false, kCommandCost);
  CHECK(window.size(kCommandCost) == kCommandCost);
}
