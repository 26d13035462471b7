// Small questions about text, with ASCII's notion of case: that is Redis'. Pure functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace bulkhead {

inline char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
inline char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// The same where the first one is in lower case already.
inline bool matches_lowered(std::string_view lowered, std::string_view text) {
  return std::equal(lowered.begin(), lowered.end(), text.begin(), text.end(),
                    [](char x, char y) { return x == lower(y); });
}

inline std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}
inline std::string uppered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

}  // namespace bulkhead
