#include "bulkhead/base/process.hpp"

#include "catch.hpp"

#include <fstream>

using namespace bulkhead;

TEST_CASE("the facts of a process are plausible") {
  const ProcessFacts facts = process_facts();
  CHECK(facts.resident_bytes > 1e5);
  CHECK(facts.cpu_seconds >= 0);
  CHECK(facts.open_fds >= 3);
}

TEST_CASE("an open file is counted") {
  const double before = process_facts().open_fds;
  const std::ifstream file("/proc/self/status");
  CHECK(process_facts().open_fds == before + 1);
}

TEST_CASE("time since the start is that of this process, not of the machine") {
  const double uptime = uptime_seconds();
  CHECK(uptime > -1);  // the kernel counts in hundredths
  CHECK(uptime < 24 * 3600);
  CHECK(uptime_seconds() >= uptime);
}
