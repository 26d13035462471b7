#include "bulkhead/base/glob.hpp"

#include <algorithm>
#include <optional>

namespace bulkhead {
namespace {

// Matches one character class behind its '['. Sets `next` behind the ']' (or at the end, which
// Redis takes for one).
bool class_matches(std::string_view pattern, std::size_t at, char c, std::size_t& next) {
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool match = false;
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      match |= pattern[++at] == c;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      auto low = static_cast<unsigned char>(pattern[at]);
      auto high = static_cast<unsigned char>(pattern[at + 2]);
      if (low > high) std::swap(low, high);
      const auto byte = static_cast<unsigned char>(c);
      match |= byte >= low && byte <= high;
      at += 2;
    } else {
      match |= pattern[at] == c;
    }
  }
  next = at < pattern.size() ? at + 1 : at;
  return match != negated;
}

// Matches one character at the pattern's `at`, which is no '*'. Sets `next` behind what was used.
bool one_matches(std::string_view pattern, std::size_t at, char c, std::size_t& next) {
  switch (pattern[at]) {
    case '?':
      next = at + 1;
      return true;
    case '[':
      return class_matches(pattern, at + 1, c, next);
    case '\\':
      if (at + 1 < pattern.size()) ++at;
      [[fallthrough]];
    default:
      next = at + 1;
      return pattern[at] == c;
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::optional<std::size_t> star;  // the last '*', and where its match may begin anew
  std::size_t star_text = 0;
  while (t < text.size()) {
    std::size_t next = 0;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && one_matches(pattern, p, text[t], next)) {
      p = next;
      ++t;
    } else if (star) {
      p = *star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string_view> glob_rests(std::string_view pattern, std::string_view beginning) {
  std::vector<std::size_t> places = {0}, next_places;  // in the pattern, ascending
  for (char c : beginning) {
    next_places.clear();
    for (std::size_t at : places) {
      std::size_t next = 0;
      for (; at < pattern.size() && pattern[at] == '*'; ++at) next_places.push_back(at);
      if (at < pattern.size() && one_matches(pattern, at, c, next)) next_places.push_back(next);
    }
    std::sort(next_places.begin(), next_places.end());
    next_places.erase(std::unique(next_places.begin(), next_places.end()), next_places.end());
    places.swap(next_places);
  }
  std::vector<std::string_view> rests;
  rests.reserve(places.size());
  for (std::size_t at : places) rests.push_back(pattern.substr(at));
  return rests;
}

std::string glob_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    // ']', '^' and '-' are special behind a '[' only, and that is escaped.
    if (c == '*' || c == '?' || c == '[' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace bulkhead
