#include "helpers.hpp"

namespace bulkhead::config {

TEST_CASE("workers are a number, or one per core") {
  CHECK(config_of(kLeast).workers == 0);
  CHECK(config_of(kLeast + "workers: auto\n").workers == 0);
  CHECK(config_of(kLeast + "workers: 256\n").workers == 256);
  const auto* bad = GENERATE("0", "257", "-1", "many", "1.5");
  CHECK(only_problem_of(kLeast + "workers: " + bad + "\n") ==
        "5: 'workers' must be a whole number from 1 to 256, not '" + std::string(bad) + "'");
}

TEST_CASE("workers need a value") {
  CHECK(only_problem_of(kLeast + "workers: []\n") == "5: 'workers' must be a whole number");
  CHECK(only_problem_of(kLeast + "workers:\n") ==
        "5: 'workers' has no value; leave the key out to get its default");
}

TEST_CASE("the log's level and format") {
  const Config config = config_of(kLeast + "log: { level: warning, format: json }\n");
  CHECK(config.log.level == LogLevelSetting::warning);
  CHECK(config.log.format == LogFormatSetting::json);
  CHECK(config_of(kLeast).log.level == LogLevelSetting::info);
  CHECK(only_problem_of(kLeast + "log: { level: trace }\n") ==
        "5: 'level' must be one of debug, info, warning, error, not 'trace'");
}

}  // namespace bulkhead::config
