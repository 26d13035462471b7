#include "bulkhead/route/feature_matcher.hpp"

#include "bulkhead/base/glob.hpp"
#include "catch.hpp"

#include <random>

using namespace bulkhead;
using route::FeatureId;
using route::FeatureMatcher;

namespace {

std::vector<config::Feature> features(std::vector<std::vector<std::string>> keys) {
  std::vector<config::Feature> out;
  for (auto& patterns : keys) {
    out.push_back({"f" + std::to_string(out.size()), 0, "", std::move(patterns)});
  }
  return out;
}

// One pattern after the other.
FeatureId slowly(const std::vector<config::Feature>& features, FeatureId fallback,
                 std::string_view key) {
  for (std::size_t f = 0; f < features.size(); ++f) {
    for (const std::string& pattern : features[f].keys) {
      if (glob_matches(pattern, key)) return static_cast<FeatureId>(f);
    }
  }
  return fallback;
}

}  // namespace

TEST_CASE("the first feature with a matching pattern wins") {
  const FeatureMatcher matcher(features({{"a:*", "*:a:*"}, {"*"}, {"b:*"}}), 2);
  CHECK(matcher.feature_of("a:1") == 0);
  CHECK(matcher.feature_of("x:a:1") == 0);
  CHECK(matcher.feature_of("b:1") == 1);
  CHECK(matcher.feature_of("") == 1);
}

TEST_CASE("a key that no pattern matches belongs to the default feature") {
  const FeatureMatcher matcher(features({{"a:*"}, {}, {"c"}}), 1);
  CHECK(matcher.feature_of("b") == 1);
  CHECK(matcher.feature_of("") == 1);
  CHECK(matcher.feature_of("a") == 1);
  CHECK(matcher.feature_of("cc") == 1);
  CHECK(matcher.feature_of("c") == 2);
}

TEST_CASE("the empty key is matched by what matches nothing") {
  CHECK(FeatureMatcher(features({{"a*"}, {""}}), 0).feature_of("") == 1);
  CHECK(FeatureMatcher(features({{"?*"}, {"**"}}), 0).feature_of("") == 1);
}

TEST_CASE("a pattern that begins with something special may match any first byte") {
  const FeatureMatcher matcher(features({{"\\*x*"}, {"[ab]x"}, {"?y"}, {"\xff*"}}), 0);
  CHECK(matcher.feature_of("*x1") == 0);
  CHECK(matcher.feature_of("bx") == 1);
  CHECK(matcher.feature_of("zy") == 2);
  CHECK(matcher.feature_of("\xff\xfe") == 3);
}

TEST_CASE("the compiled patterns agree with the glob matcher on random ones") {
  std::mt19937 random(8);
  const auto any = [&](std::string_view alphabet, std::size_t most) {
    std::string text(random() % (most + 1), ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    return text;
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<std::vector<std::string>> keys(1 + random() % 5);
    for (auto& patterns : keys) {
      patterns.resize(random() % 4);
      for (std::string& pattern : patterns) pattern = any("ab:***?[]^-\\", 6);
    }
    const auto list = features(keys);
    const auto fallback = static_cast<FeatureId>(random() % list.size());
    const FeatureMatcher matcher(list, fallback);
    for (int i = 0; i < 100; ++i) {
      const std::string key = any("ab:*[\\-", 6);
      CAPTURE(key);
      REQUIRE(matcher.feature_of(key) == slowly(list, fallback, key));
    }
  }
}

TEST_CASE("a literal in the middle is found in short keys and in long ones") {
  const FeatureMatcher matcher(features({{"*:session:*"}, {"*\xff:*"}}), 9);
  CHECK(matcher.feature_of("a:session:1") == 0);
  CHECK(matcher.feature_of("a:sesion:1n") == 9);
  CHECK(matcher.feature_of("sessions:::") == 9);
  CHECK(matcher.feature_of("a\xff:") == 1);
  CHECK(matcher.feature_of(std::string(1000, 'x') + ":session:1") == 0);
  CHECK(matcher.feature_of(std::string(1000, 'x') + ":sessio") == 9);
}
