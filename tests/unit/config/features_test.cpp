#include "helpers.hpp"

namespace bulkhead::config {

TEST_CASE("without features there is one, in database 0") {
  const Config config = config_of(kLeast);
  REQUIRE(config.features.size() == 1);
  CHECK(config.features[0].name == "default");
  CHECK(config.features[0].db == 0);
  CHECK(config.features[0].keys.empty());
  CHECK(config.default_feature == "default");
  CHECK(config_of(kLeast + "features: []\n").default_feature == "default");
}

TEST_CASE("features keep their order and their patterns") {
  const Config config =
      config_of(kLeast +
                "features:\n"
                "  - { name: a, db: 5, keys: [\"a:*\", \"*:a:*\"], backend: main }\n"
                "  - { name: b, db: 1023 }\n"
                "default_feature: b\n");
  REQUIRE(config.features.size() == 2);
  CHECK(config.features[0].db == 5);
  CHECK(config.features[0].keys == std::vector<std::string>{"a:*", "*:a:*"});
  CHECK(config.features[0].backend == "main");
  CHECK(config.features[1].db == 1023);
  CHECK(config.features[1].backend.empty());
  CHECK(config.default_feature == "b");
}

TEST_CASE("the default feature is one of the features") {
  const std::string features = kLeast + "features: [{ name: a, db: 0 }]\n";
  CHECK(only_problem_of(features) == "1: the configuration needs the key 'default_feature'");
  CHECK(only_problem_of(features + "default_feature: b\n") == "6: there is no feature 'b'");
  CHECK(only_problem_of(kLeast + "default_feature: b\n") == "5: there is no feature 'b'");
}

TEST_CASE("mistakes in a feature") {
  const auto problem = [](const std::string& feature) {
    return only_problem_of(kLeast + "features:\n  - { name: a, db: 0 }\n  - { " + feature +
                           " }\ndefault_feature: a\n");
  };
  CHECK(problem("name: a, db: 1") == "7: the feature 'a' is there already, in test.yaml:6");
  CHECK(problem("name: b") == "7: a feature needs the key 'db'");
  CHECK(problem("db: 1") == "7: a feature needs the key 'name'");
  CHECK(problem("name: B, db: 1") ==
        "7: the name 'B' must be 1 to 64 characters out of a-z, 0-9, '_' and '-'");
  CHECK(problem("name: b, db: 1024") ==
        "7: 'db' must be a whole number from 0 to 1023, not '1024'");
  CHECK(problem("name: b, db: -1") == "7: 'db' must be a whole number from 0 to 1023, not '-1'");
  CHECK(problem("name: b, db: 1, backend: other") == "7: there is no backend 'other'");
  CHECK(problem("name: b, db: 1, keys: ['']") == "7: an empty pattern matches no key");
  CHECK(problem("name: b, db: 1, keys: 'b:*'") == "7: 'keys' must be a list");
  CHECK(problem("name: b, db: 1, key: ['b:*']") ==
        "7: 'key' is no key of a feature; did you mean 'keys'?");
}

}  // namespace bulkhead::config
