// What the kernel says of this process: for the process_* metrics and INFO. Any thread.
#pragma once

#include <cstddef>

namespace bulkhead {

struct ProcessFacts {
  double resident_bytes = 0;
  double cpu_seconds = 0;  // user and system
  double open_fds = 0;
};

ProcessFacts process_facts();

// Descriptors from this number on are the last ones that the process may open.
int first_scarce_descriptor();

// Since this process was started.
double uptime_seconds();

}  // namespace bulkhead
