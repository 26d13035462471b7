// Key -> feature: a list of glob patterns, the first match wins. Compiled at load so that a lookup
// tests only the patterns that can match the key's first byte. Immutable; any thread may read it.
#pragma once

#include "bulkhead/config/config.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::route {

using FeatureId = std::uint16_t;

class FeatureMatcher {
 public:
  FeatureMatcher(const std::vector<config::Feature>& features, FeatureId fallback);

  FeatureId feature_of(std::string_view key) const;

 private:
  // Most patterns are "literal*" or "*literal*"; the rest is left to the glob matcher.
  enum class Shape : std::uint8_t { prefix, contains, glob };
  struct Pattern {
    Shape shape;
    FeatureId feature;
    std::string text;         // the literal, or the whole glob
    std::uint64_t bytes = 0;  // contains: which bytes the key must have, one bit for four of them
  };

  static Pattern compile(const std::string& glob, FeatureId feature);
  static bool matches(const Pattern& pattern, std::string_view key);
  static bool may_begin_with(const std::string& glob, unsigned char byte);

  std::vector<Pattern> patterns_;
  // Per first byte the patterns to test, in order: a run of candidates_.
  struct Run {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  std::array<Run, 256> by_first_byte_{};
  Run for_empty_{};
  std::vector<std::uint16_t> candidates_;
  FeatureId fallback_;
};

}  // namespace bulkhead::route
