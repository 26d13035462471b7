// The families of families.inc as an enum and an empty exposition. Private to the module.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace bulkhead::metrics {

enum class Family : unsigned {
#define FAMILY(word, type, name, help) word,
#include "bulkhead/metrics/families.inc"
#undef FAMILY
};

// One family of each kind, in the order of the enum, without metrics yet.
std::vector<prometheus::MetricFamily> empty_families();

}  // namespace bulkhead::metrics
