// The little that loading has to know of UTF-8. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bulkhead::config {

// Bytes of the character at the beginning of a text that is not empty; 0 when there is none.
std::size_t utf8_length(std::string_view text);

// A value for a sentence: 'in quotes', without control characters, and cut when it is long.
std::string in_quotes(std::string_view value);

}  // namespace bulkhead::config
