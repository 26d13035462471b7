// A whole reply looked at from outside: the elements of an array as the bytes they are. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace bulkhead::resp {

// Views of `reply`, which is one whole array; empty when it is none.
std::vector<std::string_view> elements_of(std::string_view reply);

// A null of RESP2 or RESP3.
bool is_null(std::string_view reply);

}  // namespace bulkhead::resp
