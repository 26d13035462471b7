#include "bulkhead/base/buffer.hpp"

#include "catch.hpp"

#include <random>
#include <string>

using bulkhead::Buffer;

TEST_CASE("a buffer gives back what was put in, in order, whatever is taken in between") {
  std::mt19937 random(5);
  Buffer buffer;
  std::string model;
  for (int i = 0; i < 5000; ++i) {
    switch (random() % 4) {
      case 0:
      case 1: {
        const std::string more(random() % 300, static_cast<char>('a' + i % 26));
        buffer.append(more);
        model += more;
        break;
      }
      case 2: {
        const std::size_t n = random() % (model.size() + 1);
        buffer.consume(n);
        model.erase(0, n);
        break;
      }
      default:
        buffer.push_back('!');
        model += '!';
    }
    REQUIRE(buffer.view() == model);
    REQUIRE(buffer.empty() == model.empty());
  }
}

TEST_CASE("bytes written in place count once they are committed") {
  Buffer buffer;
  std::memcpy(buffer.prepare(5), "hello", 5);
  CHECK(buffer.empty());
  CHECK(buffer.room() >= 5);
  buffer.commit(5);
  CHECK(buffer.view() == "hello");
}

TEST_CASE("what was begun can be taken back, also behind consumed bytes") {
  Buffer buffer;
  buffer.append("abcdef");
  buffer.consume(2);
  const std::size_t before = buffer.size();
  buffer.append("ghi");
  buffer.truncate(before);
  CHECK(buffer.view() == "cdef");
}

TEST_CASE("storage begins with the consumed bytes, behind a zero byte") {
  Buffer buffer;
  buffer.append("abc");
  CHECK(buffer.storage()[-1] == 0);
  buffer.consume(2);
  CHECK(buffer.consumed() == 2);
  CHECK(buffer.storage() + buffer.consumed() == buffer.data());
  buffer.consume(1);
  CHECK(buffer.consumed() == 0);
}

TEST_CASE("a long queue drained in small steps is not moved at every step") {
  Buffer buffer;
  buffer.append(std::string(100000, 'x'));
  for (int i = 0; i < 10000; ++i) {
    buffer.consume(1);
    buffer.push_back('y');
  }
  CHECK(buffer.size() == 100000);
  CHECK(buffer.capacity() < 1000000);
}

TEST_CASE("memory is given back when a large buffer is empty") {
  Buffer buffer;
  buffer.append(std::string(10000, 'x'));
  buffer.release_if_larger_than(1000);
  CHECK(buffer.size() == 10000);
  buffer.consume(10000);
  buffer.release_if_larger_than(20000);
  CHECK(buffer.capacity() >= 10000);
  buffer.release_if_larger_than(1000);
  CHECK(buffer.capacity() == 0);
  buffer.append("again");
  CHECK(buffer.view() == "again");
}

TEST_CASE("a buffer that is moved from can be used again") {
  Buffer from;
  from.append("abc");
  Buffer to(std::move(from));
  CHECK(to.view() == "abc");
  Buffer other;
  other.append("x");
  other = std::move(to);
  CHECK(other.view() == "abc");
}

TEST_CASE("appending nothing allocates nothing") {
  Buffer buffer;
  buffer.append({});
  CHECK(buffer.capacity() == 0);
  CHECK(buffer.view().empty());
}
