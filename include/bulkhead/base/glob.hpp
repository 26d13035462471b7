// Redis' glob patterns (util.c, stringmatchlen): * ? [a-c] [^a] and backslash. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead {

// Takes time proportional to pattern times text at worst, however many '*' there are.
bool glob_matches(std::string_view pattern, std::string_view text);

// The pattern that matches exactly this text.
std::string glob_escaped(std::string_view text);

}  // namespace bulkhead
