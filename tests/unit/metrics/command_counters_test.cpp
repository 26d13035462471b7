#include "bulkhead/metrics/command_counters.hpp"

#include "bulkhead/metrics/registry.hpp"
#include "catch.hpp"

using namespace bulkhead::metrics;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

namespace {

std::size_t span_of(nanoseconds took) {
  CommandCounters counters;
  counters.observe(took, false);
  for (std::size_t i = 0; i < kSpans; ++i) {
    if (counters.spans[i].value() == 1) return i;
  }
  return kSpans;
}

}  // namespace

TEST_CASE("spans end where those of Redis' histograms end") {
  CHECK(span_of(nanoseconds(0)) == 0);
  CHECK(span_of(nanoseconds(-1)) == 0);
  CHECK(span_of(nanoseconds(1024)) == 0);
  CHECK(span_of(nanoseconds(1025)) == 1);
  CHECK(span_of(microseconds(100)) == 7);
  CHECK(span_of(std::chrono::hours(1)) == kSpans - 1);
  // What a real server shows: 1, 2, 4, 8, 16, 33, 66, 132, ...
  const std::vector<std::uint64_t> shown = {1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113};
  for (std::size_t i = 0; i < shown.size(); ++i) CHECK(longest_nanoseconds(i) / 1000 == shown[i]);
  CHECK(longest_nanoseconds(18) / 1000 == 270532);
}

TEST_CASE("a command's calls, failures and microseconds are counted") {
  CommandTable table;
  table.at(70).observe(microseconds(5), false);
  table.at(70).observe(microseconds(7), true);
  table.at(CommandTable::kRowsMax + 5).observe(microseconds(1), false);
  CHECK(table.peek(70)->calls.value() == 2);
  CHECK(table.peek(70)->failed.value() == 1);
  CHECK(table.peek(70)->microseconds.value() == 12);
  CHECK(table.peek(71) == nullptr);
  CHECK(table.peek(500) == nullptr);
  CHECK(table.peek(CommandTable::kRowsMax - 1)->calls.value() == 1);
}

TEST_CASE("errors are counted by their first word, in both protocols") {
  Registry registry({"get", "set"});
  TenantCounters& one = registry.add_worker().tenant(2);
  TenantCounters& two = registry.add_worker().tenant(2);
  one.count_error("-WRONGTYPE Operation against\r\n");
  one.count_error("!21\r\nWRONGTYPE and more of\r\n");
  two.count_error("-WRONGTYPE\r\n");
  two.count_error("-ERR no\r\n");
  two.count_error("-" + std::string(200, 'X') + " made up\r\n");
  const auto errors = registry.error_totals(2);
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].code == "ERR");
  CHECK(errors[1].code == "WRONGTYPE");
  CHECK(errors[1].count == 3);
  CHECK(errors[2].code == std::string(31, 'X'));
  CHECK(registry.error_totals(1).empty());
}

TEST_CASE("errors that somebody makes up take no more room than there is") {
  ErrorTable errors;
  for (int i = 0; i < 1000; ++i) errors.count("-E" + std::to_string(i) + " x\r\n");
  int different = 0;
  errors.each([&](std::string_view, std::uint64_t) { ++different; });
  CHECK(different == 32);
}

TEST_CASE("a tenant's commands are those of all workers, and only those that it used") {
  Registry registry({"get", "set", "del"});
  WorkerCounters& one = registry.add_worker();
  WorkerCounters& two = registry.add_worker();
  one.tenant(0).commands.at(1).observe(microseconds(3), false);
  two.tenant(0).commands.at(1).observe(microseconds(4), true);
  two.tenant(0).reject(2);
  two.tenant(1).commands.at(0).observe(microseconds(4), true);
  const auto totals = registry.command_totals(0);
  REQUIRE(totals.size() == 2);
  CHECK(totals[0].row == 1);
  CHECK(totals[0].calls == 2);
  CHECK(totals[0].microseconds == 7);
  CHECK(totals[0].failed == 1);
  CHECK(totals[1].row == 2);
  CHECK(totals[1].rejected == 1);
}
