#include "metrics/families.hpp"

#include "catch.hpp"

#include <set>

using namespace bulkhead::metrics;
using prometheus::MetricType;

TEST_CASE("every family has a name of its own in Prometheus' spelling, and a help text") {
  std::set<std::string> names;
  for (const auto& family : empty_families()) {
    CAPTURE(family.name);
    CHECK(names.insert(family.name).second);
    CHECK((family.name.starts_with("bulkhead_") || family.name.starts_with("process_")));
    CHECK(family.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    CHECK(family.help.ends_with('.'));
    CHECK(family.metric.empty());
    CHECK((family.type == MetricType::Counter) == family.name.ends_with("_total"));
    if (family.type == MetricType::Histogram) CHECK(family.name.ends_with("_seconds"));
  }
}

TEST_CASE("the enum counts the families") {
  const auto families = empty_families();
  CHECK(families[static_cast<std::size_t>(Family::build_info)].name == "bulkhead_build_info");
  CHECK(families[static_cast<std::size_t>(Family::backend_breaker)].name ==
        "bulkhead_backend_breaker_state");
}
