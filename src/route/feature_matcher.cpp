#include "bulkhead/route/feature_matcher.hpp"

#include "bulkhead/base/glob.hpp"

namespace bulkhead::route {
namespace {

constexpr std::size_t kShortKey = 64;

std::uint64_t bytes_of(std::string_view text) {
  std::uint64_t bits = 0;
  for (const char c : text) bits |= std::uint64_t{1} << (static_cast<unsigned char>(c) % 64);
  return bits;
}

bool is_literal(std::string_view text) {
  return text.find_first_of("*?[]\\") == std::string_view::npos;
}

}  // namespace

FeatureMatcher::Pattern FeatureMatcher::compile(const std::string& glob, FeatureId feature) {
  const std::string_view text = glob;
  if (text.ends_with('*')) {
    const std::string_view front = text.substr(0, text.size() - 1);
    if (is_literal(front)) return {Shape::prefix, feature, std::string(front), 0};
    if (front.starts_with('*') && is_literal(front.substr(1))) {
      return {Shape::contains, feature, std::string(front.substr(1)), bytes_of(front.substr(1))};
    }
  }
  return {Shape::glob, feature, glob, 0};
}

bool FeatureMatcher::matches(const Pattern& pattern, std::string_view key) {
  switch (pattern.shape) {
    case Shape::prefix:
      return key.starts_with(pattern.text);
    case Shape::contains:
      return key.find(pattern.text) != std::string_view::npos;
    case Shape::glob:
      return glob_matches(pattern.text, key);
  }
  return false;
}

bool FeatureMatcher::may_begin_with(const std::string& glob, unsigned char byte) {
  if (glob.empty()) return false;
  const char first = glob[0];
  if (first == '*' || first == '?' || first == '[' || first == '\\') return true;
  return static_cast<unsigned char>(first) == byte;
}

FeatureMatcher::FeatureMatcher(const std::vector<config::Feature>& features, FeatureId fallback)
    : fallback_(fallback) {
  std::vector<const std::string*> globs;
  for (std::size_t f = 0; f < features.size(); ++f) {
    for (const std::string& glob : features[f].keys) {
      patterns_.push_back(compile(glob, static_cast<FeatureId>(f)));
      globs.push_back(&glob);
    }
  }
  const auto end = [&] { return static_cast<std::uint32_t>(candidates_.size()); };
  for (unsigned byte = 0; byte < 256; ++byte) {
    by_first_byte_[byte].begin = end();
    for (std::size_t p = 0; p < patterns_.size(); ++p) {
      if (may_begin_with(*globs[p], static_cast<unsigned char>(byte))) {
        candidates_.push_back(static_cast<std::uint16_t>(p));
      }
    }
    by_first_byte_[byte].end = end();
  }
  for_empty_.begin = end();
  for (std::size_t p = 0; p < patterns_.size(); ++p) {
    candidates_.push_back(static_cast<std::uint16_t>(p));
  }
  for_empty_.end = end();
}

FeatureId FeatureMatcher::feature_of(std::string_view key) const {
  const Run run = key.empty() ? for_empty_ : by_first_byte_[static_cast<unsigned char>(key[0])];
  // A key that lacks one of a literal's bytes is not searched for it; a long key has most of them.
  std::uint64_t bytes = key.size() > kShortKey ? ~std::uint64_t{0} : 0;
  for (std::uint32_t i = run.begin; i != run.end; ++i) {
    const Pattern& pattern = patterns_[candidates_[i]];
    if (pattern.bytes != 0) {
      if (bytes == 0) bytes = bytes_of(key);
      if ((pattern.bytes & ~bytes) != 0) continue;
    }
    if (matches(pattern, key)) return pattern.feature;
  }
  return fallback_;
}

}  // namespace bulkhead::route
