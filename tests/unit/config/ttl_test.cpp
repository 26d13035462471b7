#include "helpers.hpp"

namespace bulkhead::config {

using namespace std::chrono_literals;

namespace {

// The line of the feature is 6, that of its tenant's ttl 10.
std::string with(const std::string& feature, const std::string& tenant = {}) {
  std::string text = kLeast + "features:\n  - { name: cache, db: 1" +
                     (feature.empty() ? "" : ", ttl: " + feature) +
                     " }\n  - { name: other, db: 0 }\ndefault_feature: other\n";
  if (!tenant.empty()) text += "tenants:\n  - { name: acme, ttl: " + tenant + " }\n";
  return text;
}

Ttl of_feature(const std::string& feature) {
  return config_of(with(feature)).ttls.at(0);
}

Ttl of_tenant(const std::string& feature, const std::string& tenant) {
  const Config config = config_of(with(feature, tenant));
  REQUIRE(config.tenants.at(0).ttls.size() == 1);
  CHECK(config.tenants[0].ttls[0].first == 0);
  return config.tenants[0].ttls[0].second;
}

}  // namespace

TEST_CASE("a feature has no TTL policy unless it is given one") {
  const Config config = config_of(with(""));
  CHECK(config.ttls == std::vector<Ttl>(2));
  CHECK(config.ttls[0].mode == TtlMode::off);
  CHECK(config_of(kLeast).ttls.size() == 1);
}

TEST_CASE("a policy that is written down is in force") {
  CHECK(of_feature("{ default: 1h, max: 7d }") == Ttl{TtlMode::enforce, 1h, 168h});
  CHECK(of_feature("{ max: 2h }") == Ttl{TtlMode::enforce, 0ms, 2h});
  CHECK(of_feature("{ default: 90s }") == Ttl{TtlMode::enforce, 90s, 0ms});
  CHECK(of_feature("{ default: 1h, max: 2h, mode: report }") == Ttl{TtlMode::report, 1h, 2h});
  CHECK(of_feature("{ default: 1h, mode: off }").mode == TtlMode::off);
  CHECK(of_feature("{ mode: off }").mode == TtlMode::off);
}

TEST_CASE("a tenant says what is different for it") {
  const std::string feature = "{ default: 1h, max: 7d, mode: report }";
  CHECK(of_tenant(feature, "{ cache: { mode: enforce } }") == Ttl{TtlMode::enforce, 1h, 168h});
  CHECK(of_tenant(feature, "{ cache: { default: 2h } }") == Ttl{TtlMode::report, 2h, 168h});
  CHECK(of_tenant(feature, "{ cache: { mode: off } }").mode == TtlMode::off);
  CHECK(of_tenant("", "{ cache: { default: 2h } }") == Ttl{TtlMode::enforce, 2h, 0ms});
  CHECK(of_tenant("{ max: 2h }", "{ cache: { max: 30m } }") == Ttl{TtlMode::enforce, 0ms, 30min});
}

TEST_CASE("mistakes in a TTL policy") {
  const auto problem = [](const std::string& feature) { return only_problem_of(with(feature)); };
  CHECK(problem("{}") == "6: a TTL policy needs 'default' or 'max', unless its mode is 'off'");
  CHECK(problem("{ mode: report }") ==
        "6: a TTL policy needs 'default' or 'max', unless its mode is 'off'");
  CHECK(problem("{ default: 2h, max: 1h }") == "6: 'default' must not be longer than 'max'");
  CHECK(problem("{ default: 0 }") == "6: 'default' must be a duration from 1ms to 87840h, not '0'");
  CHECK(problem("{ default: 60 }") ==
        "6: 'default' must be a duration with its unit, such as 500ms, 5s, 2m, 1h or 7d, not '60'");
  CHECK(problem("{ default: 1h, mode: on }") ==
        "6: 'mode' must be one of enforce, report, off, not 'on'");
  CHECK(problem("{ default: 1h, maxi: 2h }") ==
        "6: 'maxi' is no key of a TTL policy; did you mean 'max'?");
  CHECK(problem("1h") == "6: 'ttl' must be a map");
}

TEST_CASE("mistakes in a tenant's own") {
  const auto problem = [](const std::string& tenant) {
    return only_problem_of(with("{ default: 1h, max: 2h }", tenant));
  };
  CHECK(problem("{ caches: { default: 1h } }") == "10: there is no feature 'caches'");
  CHECK(problem("{ cache: 1h }") == "10: a TTL policy must be a map, as in { default: 1h }");
  CHECK(problem("{ cache: { max: 30m } }") == "10: 'default' must not be longer than 'max'");
}

}  // namespace bulkhead::config
