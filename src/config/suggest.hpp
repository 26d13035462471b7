// "Did you mean": the word out of a list that is nearest to a misspelt one. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bulkhead::config {

// Letters to insert, delete or replace on the way from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Empty when no word is near enough to be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> words);

}  // namespace bulkhead::config
