// Redis' glob patterns (util.c, stringmatchlen): * ? [a-c] [^a] and backslash. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

// Takes time proportional to pattern times text at worst, however many '*' there are.
bool glob_matches(std::string_view pattern, std::string_view text);

// What follows `beginning` in texts that begin so and match the pattern: it matches one of the
// returned patterns, which are parts of this one. None: no match begins so.
std::vector<std::string_view> glob_rests(std::string_view pattern, std::string_view beginning);

// The pattern that matches exactly this text.
std::string glob_escaped(std::string_view text);

}  // namespace bulkhead
