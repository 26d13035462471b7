#include "config/suggest.hpp"

#include "catch.hpp"

#include <string>

namespace bulkhead::config {

TEST_CASE("the distance of two words") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sitting", "kitten") == 3);
  CHECK(edit_distance("lanes", "lanes") == 0);
}

TEST_CASE("the nearest word, when it is near enough") {
  const std::string_view words[] = {"name", "address", "lanes", "connect_timeout"};
  CHECK(nearest("adress", words) == "address");
  CHECK(nearest("lane", words) == "lanes");
  CHECK(nearest("conect_timeot", words) == "connect_timeout");
  CHECK(nearest("db", words).empty());
  CHECK(nearest("mode", words).empty());
  CHECK(nearest(std::string(1000000, 'a'), words).empty());
}

}  // namespace bulkhead::config
