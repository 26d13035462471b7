#include "bulkhead/policy/key_estimate.hpp"

#include "catch.hpp"

#include <cmath>
#include <random>

namespace bulkhead::policy {
namespace {

// Walks over the sizes of a tenant's keys.
void walk(KeyTally& tally, const std::vector<std::uint64_t>& sizes, double share = 1) {
  const auto end = static_cast<std::size_t>(share * static_cast<double>(sizes.size()));
  for (std::size_t i = 0; i < end; ++i) {
    if (const auto stands_for = tally.see()) tally.weigh(sizes[i], stands_for);
  }
}

std::vector<std::uint64_t> some_sizes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::lognormal_distribution<double> size(6, 1);
  std::vector<std::uint64_t> sizes(count);
  for (auto& one : sizes) one = static_cast<std::uint64_t>(size(random)) + 50;
  return sizes;
}

double sum(const std::vector<std::uint64_t>& sizes) {
  double all = 0;
  for (const auto one : sizes) all += static_cast<double>(one);
  return all;
}

config::TenantLimits quota(std::size_t keys, std::size_t memory = 0) {
  config::TenantLimits limits;
  limits.keys = keys;
  limits.memory = memory;
  return limits;
}

}  // namespace

TEST_CASE("few keys are all counted and weighed") {
  KeyTally tally;
  const auto sizes = some_sizes(100, 1);
  walk(tally, sizes);
  const KeyEstimate estimate = tally.estimate(1);
  CHECK(estimate.keys == 100);
  CHECK(estimate.keys_error() == 0);
  CHECK(estimate.bytes == Approx(sum(sizes)));
  CHECK(estimate.bytes_error() == 0);
}

TEST_CASE("many keys are weighed in part, without bias, and the error tells how good it is") {
  double deviation = 0;
  int within = 0, trials = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    const auto sizes = some_sizes(20'000, seed);
    KeyTally tally;
    for (int i = 0; i < 2; ++i, ++trials) {
      walk(tally, sizes);
      const KeyEstimate estimate = tally.estimate(1);
      REQUIRE(estimate.keys == 20'000);
      REQUIRE(estimate.bytes_error() > 0);
      REQUIRE(estimate.bytes_error() < 0.15 * estimate.bytes);
      deviation += (estimate.bytes - sum(sizes)) / sum(sizes);
      within += std::abs(estimate.bytes - sum(sizes)) < 2 * estimate.bytes_error();
      tally.end_walk();
    }
  }
  CHECK(std::abs(deviation / trials) < 0.02);
  CHECK(within > trials * 0.86);
}

TEST_CASE("as many keys are weighed, however many there are") {
  KeyTally tally;
  const auto sizes = some_sizes(1'000'000, 3);
  int weighed = 0;
  for (int i = 0; i < 2; ++i) {
    weighed = 0;
    for (const auto size : sizes) {
      if (const auto stands_for = tally.see()) {
        tally.weigh(size, stands_for);
        ++weighed;
      }
    }
    CHECK(weighed < 10'000);
    tally.end_walk();
  }
  CHECK(weighed >= 256);
  CHECK(weighed < 600);
}

TEST_CASE("amid a walk the last one is believed of the rest") {
  KeyTally tally;
  const auto sizes = some_sizes(1000, 4);
  walk(tally, sizes, 0.25);
  CHECK(tally.estimate(0.25).keys == 1000);  // the first: it can only be inferred
  CHECK(tally.estimate(0.25).keys_error() > 10);
  walk(tally, sizes, 0.75);
  tally.end_walk();
  CHECK(tally.estimate(0).keys == 1000);
  walk(tally, sizes, 0.5);
  CHECK(tally.estimate(0.5).keys == 1000);
  CHECK(tally.estimate(0.5).bytes == Approx(sum(sizes)).epsilon(0.1));
  CHECK(tally.estimate(0.5).keys_error() > 0);
  tally.end_walk();
  tally.end_walk();
  CHECK(tally.empty());
}

TEST_CASE("estimates of databases add up") {
  KeyEstimate one{100, 9, 1000, 16}, other{50, 16, 500, 9};
  one += other;
  CHECK(one.keys == 150);
  CHECK(one.keys_error() == 5);
  CHECK(one.bytes_error() == 5);
  one -= other;
  CHECK(one.keys == 100);
  CHECK(one.keys_error() == 3);
}

TEST_CASE("a quota is reached, and free again some way below") {
  const auto verdict = [](double keys, KeyUse::Over before) {
    return judge(quota(100), {keys, 0, 0, 0}, before, true, false);
  };
  CHECK(verdict(99, KeyUse::within) == KeyUse::within);
  CHECK(verdict(100, KeyUse::within) == KeyUse::over_keys);
  CHECK(verdict(97, KeyUse::over_keys) == KeyUse::over_keys);
  CHECK(verdict(94, KeyUse::over_keys) == KeyUse::within);
  CHECK(judge(quota(0, 1000), {5, 0, 1000, 0}, KeyUse::within, true, false) == KeyUse::over_memory);
  CHECK(judge(quota(0, 0), {5, 0, 1000, 0}, KeyUse::within, true, false) == KeyUse::within);
}

TEST_CASE("what is not certain changes nothing") {
  const KeyEstimate estimate{110, 100, 0, 0};  // 110, give or take 10
  CHECK(judge(quota(100), estimate, KeyUse::within, true, true) == KeyUse::within);
  CHECK(judge(quota(100), estimate, KeyUse::within, true, false) == KeyUse::over_keys);
  CHECK(judge(quota(100), {0, 0, 0, 0}, KeyUse::over_keys, false, true) == KeyUse::over_keys);
  CHECK(judge(quota(130), estimate, KeyUse::over_keys, true, true) == KeyUse::over_keys);
}

TEST_CASE("keys and their owners") {
  KeyOwners owners;
  owners.add("b:", 1);
  owners.add("erp:x:", 2);
  owners.add("a:", 0);
  owners.sort();
  CHECK(owners.find("a:1") == 0);
  CHECK(owners.find("a:") == 0);
  CHECK(owners.find("b:a:b") == 1);
  CHECK(owners.find("erp:x:\xff") == 2);
  CHECK(owners.find("erp:y:1") == -1);
  CHECK(owners.find("a") == -1);
  CHECK(owners.find("") == -1);
  CHECK(owners.find("zzz") == -1);
}

}  // namespace bulkhead::policy
