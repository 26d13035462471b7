#include "config/clashes.hpp"

#include "catch.hpp"

namespace bulkhead::config {

namespace {

Config config_with(std::initializer_list<std::pair<const char*, const char*>> tenants,
                   std::initializer_list<const char*> features = {"cache"}) {
  Config config;
  for (const auto& [name, prefix] : tenants) {
    Tenant& tenant = config.tenants.emplace_back();
    tenant.name = name;
    tenant.prefix = prefix;
    tenant.file = "test.yaml";
    tenant.line = static_cast<int>(config.tenants.size());
  }
  for (const char* name : features) config.features.emplace_back().name = name;
  return config;
}

Problems problems_of(const Config& config) {
  Problems problems;
  check_prefixes(config, problems);
  return problems;
}

}  // namespace

TEST_CASE("prefixes that end alike or differ at once are no clash") {
  CHECK(problems_of(config_with({{"a", "{tenant}:"}, {"ab", "{tenant}:"}, {"b", "x:{tenant}:"}}))
            .empty());
  CHECK(problems_of(config_with({{"a", "{tenant}:{feature}:"}, {"b", "{tenant}:{feature}:"}},
                                {"cache", "sessions"}))
            .empty());
}

TEST_CASE("one tenant's prefix begins another one's") {
  const Problems problems = problems_of(config_with({{"ab", "{tenant}"}, {"a", "{tenant}"}}));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text() ==
        "test.yaml:1: the prefix 'ab' of tenant 'ab' begins with 'a' of tenant 'a', so names would "
        "belong to both");
}

TEST_CASE("two tenants with one prefix") {
  const Problems problems = problems_of(config_with({{"a", "same:"}, {"b", "same:"}}));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text() ==
        "test.yaml:2: the prefix 'same:' of tenant 'b' is also 'same:' of tenant 'a', so names "
        "would belong to both");
}

TEST_CASE("clashes that do not stand side by side when sorted are found too") {
  const Problems problems = problems_of(
      config_with({{"a", "x:"}, {"b", "x:a:"}, {"c", "x:a:b:"}, {"d", "x:b:"}, {"e", "y:"}}));
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].line == 2);
  CHECK(problems[1].sentence.find("begins with 'x:a:' of tenant 'b'") != std::string::npos);
  CHECK(problems[2].sentence.find("begins with 'x:' of tenant 'a'") != std::string::npos);
}

TEST_CASE("a literal prefix clashes with what a template expands to") {
  CHECK(problems_of(config_with({{"acme", "{tenant}:"}, {"thief", "acme:cache:"}})).size() == 1);
  CHECK(problems_of(config_with({{"acme", "{tenant}:{feature}:"}, {"thief", "acme:"}},
                                {"cache", "sessions"}))
            .size() == 3);  // both features and the channels
}

TEST_CASE("features of one tenant must be told apart, too") {
  const Problems problems =
      problems_of(config_with({{"a", "{tenant}:{feature}"}}, {"cache", "cache2"}));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].sentence ==
        "the prefix 'a:cache2' of tenant 'a' for feature 'cache2' begins with 'a:cache' of tenant "
        "'a' for feature 'cache', so names would belong to both");
}

TEST_CASE("names that stand twice are not reported as prefixes again") {
  CHECK(problems_of(config_with({{"a", "{tenant}:"}, {"a", "{tenant}:"}})).empty());
  CHECK(problems_of(config_with({{"a", "{tenant}:{feature}:"}}, {"f", "f"})).empty());
}

TEST_CASE("bytes above 127 are compared as bytes") {
  CHECK(problems_of(config_with({{"a", "\xc3\xa9:"}, {"b", "\xc3\xa9:x:"}, {"c", "z:"}})).size() ==
        1);
}

TEST_CASE("an expanded prefix has at most 256 bytes") {
  const std::string name(64, 'a');
  const std::string fits = "{tenant}" + std::string(192, ':');
  const std::string too_long = fits + ":";
  CHECK(problems_of(config_with({{name.c_str(), fits.c_str()}})).empty());
  const Problems problems = problems_of(config_with({{name.c_str(), too_long.c_str()}}));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].sentence.ends_with("is longer than 256 bytes"));
}

}  // namespace bulkhead::config
