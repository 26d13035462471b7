#include "families.hpp"

namespace bulkhead::metrics {

std::vector<prometheus::MetricFamily> empty_families() {
  using prometheus::MetricType;
  return {
#define FAMILY(word, type, name, help) {name, help, MetricType::type, {}},
#include "bulkhead/metrics/families.inc"
#undef FAMILY
  };
}

}  // namespace bulkhead::metrics
