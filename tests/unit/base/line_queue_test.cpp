#include "bulkhead/base/line_queue.hpp"

#include "catch.hpp"

#include <thread>

using namespace bulkhead;

TEST_CASE("lines come out in their order") {
  LineQueue queue;
  std::string out;
  CHECK_FALSE(queue.take(out));
  CHECK(queue.push("a\n", 10));
  CHECK(queue.push("b\n", 10));
  CHECK(queue.take(out));
  CHECK(queue.take(out));
  CHECK_FALSE(queue.take(out));
  CHECK(out == "a\nb\n");
  CHECK(queue.pushed() == 2);
}

TEST_CASE("it never holds more than its limit, nor than there is room for") {
  LineQueue queue;
  CHECK(queue.push("a", 2));
  CHECK(queue.push("b", 2));
  CHECK_FALSE(queue.push("c", 2));
  std::size_t pushed = 2;
  while (queue.push("d", 1'000'000)) ++pushed;
  CHECK(pushed == LineQueue::kMost);
  std::string out;
  CHECK(queue.take(out));
  CHECK(queue.push("e", 1'000'000));
}

TEST_CASE("one thread pushes while another takes") {
  LineQueue queue;
  constexpr int kLines = 100'000;
  std::string expected, out;
  for (int i = 0; i < kLines; ++i) expected += std::to_string(i) + "\n";
  std::thread pusher([&queue] {
    for (int i = 0; i < kLines; ++i) {
      while (!queue.push(std::to_string(i) + "\n", 64)) std::this_thread::yield();
    }
  });
  for (int taken = 0; taken < kLines;) taken += queue.take(out) ? 1 : 0;
  pusher.join();
  CHECK(out == expected);
}
