#include "config/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace bulkhead::config {

namespace {

constexpr std::size_t kLongestWord = 40;

// Two slips in a word of six letters or more, one in a shorter one.
std::size_t allowance(std::string_view word) {
  return word.size() < 6 ? 1 : 2;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> words) {
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t least = allowance(word) + 1;
  for (const std::string_view candidate : words) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace bulkhead::config
