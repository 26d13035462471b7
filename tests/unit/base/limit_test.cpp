#include "bulkhead/base/limit.hpp"

#include "catch.hpp"

#include <set>

namespace bulkhead {

TEST_CASE("every limit has a label of its own") {
  std::set<std::string_view> labels;
  for (std::size_t i = 0; i < kLimits; ++i) labels.insert(label(static_cast<Limit>(i)));
  CHECK(labels.size() == kLimits);
  CHECK(label(Limit::memory) == "memory");
  CHECK(label(Limit::connections) == "connections");
}

}  // namespace bulkhead
