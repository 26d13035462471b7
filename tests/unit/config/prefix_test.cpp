#include "bulkhead/config/prefix.hpp"

#include "catch.hpp"

namespace bulkhead::config {

TEST_CASE("placeholders give way to names") {
  CHECK(expand_prefix("{tenant}:", "acme", "cache") == "acme:");
  CHECK(expand_prefix("erp:tenant:{tenant}:", "acme", "cache") == "erp:tenant:acme:");
  CHECK(expand_prefix("{tenant}:{feature}:", "acme", "cache") == "acme:cache:");
  CHECK(expand_prefix("{tenant}{tenant}/", "a", "") == "aa/");
  CHECK(expand_prefix("nextauth:", "acme", "cache") == "nextauth:");
}

TEST_CASE("whether the feature is a part of the prefix") {
  CHECK(depends_on_feature("{tenant}:{feature}:"));
  CHECK_FALSE(depends_on_feature("{tenant}:feature:"));
}

}  // namespace bulkhead::config
