// The line of Lua in a library of functions. Private to the module.
#pragma once

#include "bulkhead/rewrite/script_shape.hpp"

#include <string>
#include <string_view>

namespace bulkhead::rewrite::script {

struct LibraryOf {
  const Shape& shape;
  const std::string& classes;
  std::string_view tag;
  std::string_view mark;
};

std::string library_prelude(const LibraryOf& of, std::string_view code);

// A text that takes every piece there is.
inline constexpr std::string_view kMentionsAll = "_G loadstring load redis server math cjson";

}  // namespace bulkhead::rewrite::script
