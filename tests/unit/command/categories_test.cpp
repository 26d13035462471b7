#include "bulkhead/command/table.hpp"
#include "catch.hpp"

using namespace bulkhead::command;

TEST_CASE("categories have the names of ACL CAT", "[categories]") {
  CHECK(category_named("keyspace") == kCatKeyspace);
  CHECK(category_named("SortedSet") == kCatSortedset);
  CHECK(category_named("dangerous") == kCatDangerous);
  CHECK(category_named("scripting") == kCatScripting);
  CHECK(category_named("tenant") == kCatTenant);
  CHECK(category_named("search") == kCatSearch);
  CHECK_FALSE(category_named("all").has_value());
  CHECK_FALSE(category_named("@read").has_value());
  CHECK_FALSE(category_named("").has_value());
}

TEST_CASE("every category is found by its own name", "[categories]") {
  for (std::size_t bit = 0; bit < category_names().size(); ++bit) {
    CAPTURE(category_names()[bit]);
    CHECK(category_named(category_names()[bit]) == 1u << bit);
  }
}

TEST_CASE("flags have the names of COMMAND, and hidden ones none", "[categories]") {
  CHECK(flag_name(kWrite) == "write");
  CHECK(flag_name(kMovableKeys) == "movablekeys");
  CHECK(flag_name(kNoMandatoryKeys) == "no_mandatory_keys");
  CHECK(flag_name(kSentinel).empty());
  CHECK(flag_name(kTouchesArbitraryKeys).empty());
  CHECK(flag_name(1u << 31).empty());
}
