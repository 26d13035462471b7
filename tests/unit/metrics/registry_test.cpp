#include "bulkhead/metrics/registry.hpp"

#include "catch.hpp"

using namespace bulkhead;
using namespace bulkhead::metrics;

namespace {

std::shared_ptr<const Numbering> number(Registry& registry, std::vector<std::string_view> tenants,
                                        std::vector<std::string> features = {"cache"},
                                        std::vector<std::string_view> backends = {"main"}) {
  return registry.numbering(tenants, features, backends);
}

}  // namespace

TEST_CASE("numbers belong to names and outlive reloads") {
  Registry registry({"get"});
  const auto first = number(registry, {"a", "b"}, {"cache", "rate"}, {"main"});
  CHECK(first->tenants == std::vector<std::uint32_t>{0, 1});
  CHECK(first->features == std::vector<std::uint16_t>{0, 1});
  const auto second = number(registry, {"c", "b"}, {"rate", "other"}, {"new", "main"});
  CHECK(second->tenants == std::vector<std::uint32_t>{2, 1});
  CHECK(second->features == std::vector<std::uint16_t>{1, 2});
  CHECK(second->backends == std::vector<std::uint16_t>{1, 0});
  CHECK(number(registry, {"a"})->tenants == std::vector<std::uint32_t>{0});
}

TEST_CASE("more features than there are places share the last one") {
  Registry registry({"get"});
  std::vector<std::string> features;
  for (std::size_t i = 0; i < kFeaturesMax + 10; ++i) features.push_back("f" + std::to_string(i));
  const auto numbers = number(registry, {"a"}, features);
  CHECK(numbers->features[kFeaturesMax - 1] == kFeaturesMax - 1);
  CHECK(numbers->features.back() == kFeaturesMax - 1);
}

TEST_CASE("a tenant's totals are those of all workers and features") {
  Registry registry({"get"});
  WorkerCounters& one = registry.add_worker();
  WorkerCounters& two = registry.add_worker();
  one.tenant(3).feature(0).commands.add(2);
  one.tenant(3).feature(1).hits.add();
  two.tenant(3).feature(0).commands.add(5);
  two.tenant(3).feature(0).misses.add(4);
  two.tenant(3).connections[static_cast<std::size_t>(ClientMode::blocked)].add(1);
  one.tenant(3).connections[static_cast<std::size_t>(ClientMode::active)].add(2);
  one.tenant(3).refusals[static_cast<std::size_t>(Reason::not_permitted)].add(7);
  two.tenant(4).feature(0).commands.add(100);
  const TenantTotals totals = registry.totals(3);
  CHECK(totals.commands == 7);
  CHECK(totals.hits == 1);
  CHECK(totals.misses == 4);
  CHECK(totals.connections == 3);
  CHECK(totals.blocked == 1);
  CHECK(totals.denied == 7);
  CHECK(registry.totals(9).commands == 0);
}

TEST_CASE("clients and backends are counted over all workers") {
  Registry registry({"get"});
  CHECK_FALSE(registry.any_backend_up());
  WorkerCounters& one = registry.add_worker();
  WorkerCounters& two = registry.add_worker();
  one.clients.add(3);
  two.clients.add(-1);
  CHECK(registry.clients() == 2);
  one.backend(0).up.set(0);
  CHECK_FALSE(registry.any_backend_up());
  two.backend(7).up.set(1);
  CHECK(registry.any_backend_up());
}

TEST_CASE("counters that nobody has used are not made") {
  Registry registry({"get"});
  WorkerCounters& worker = registry.add_worker();
  worker.tenant(1500).feature(2).commands.add();
  CHECK(worker.peek_tenant(1500) != nullptr);
  CHECK(worker.peek_tenant(1499) == nullptr);
  CHECK(worker.peek_tenant(5) == nullptr);
  CHECK(worker.peek_tenant(1500)->features.peek(1) == nullptr);
  CHECK(worker.peek_backend(0) == nullptr);
}

TEST_CASE("a duration falls into the bucket whose bound it does not exceed") {
  using std::chrono::microseconds;
  using std::chrono::nanoseconds;
  const auto bucket_of = [](nanoseconds duration) {
    Histogram histogram;
    histogram.observe(duration);
    for (std::size_t i = 0; i <= Histogram::kBuckets; ++i) {
      if (histogram.bucket(i) == 1) return i;
    }
    return std::size_t{99};
  };
  CHECK(bucket_of(nanoseconds(0)) == 0);
  CHECK(bucket_of(nanoseconds(-5)) == 0);
  CHECK(bucket_of(microseconds(63)) == 0);
  CHECK(bucket_of(microseconds(65)) == 1);
  CHECK(bucket_of(microseconds(127)) == 1);
  CHECK(bucket_of(microseconds(129)) == 2);
  CHECK(bucket_of(std::chrono::seconds(8)) == Histogram::kBuckets - 1);
  CHECK(bucket_of(std::chrono::seconds(9)) == Histogram::kBuckets);
  CHECK(bucket_of(std::chrono::hours(24)) == Histogram::kBuckets);
  CHECK(Histogram::bound_seconds(0) == 64e-6);
  CHECK(Histogram::bound_seconds(1) == 128e-6);
}

TEST_CASE("a histogram's sum is that of what was observed") {
  Histogram histogram;
  histogram.observe(std::chrono::microseconds(1500));
  histogram.observe(std::chrono::microseconds(500));
  CHECK(histogram.sum_seconds() == Approx(0.002));
}
