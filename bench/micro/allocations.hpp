// How many allocations this process has made, from the heap, in all threads. See allocations.cpp.
#pragma once

#include <cstdint>

namespace bulkhead::bench {

std::uint64_t allocations();

}  // namespace bulkhead::bench
