// What Redis sends to who caches: read from what an upstream connection pushes. Pure; what is read
// are views of the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::resp {

// Where RESP2 connections are told.
inline constexpr std::string_view kInvalidationChannel = "__redis__:invalidate";

struct Invalidation {
  bool broken = false;    // who is told instead is gone; there are no keys
  std::string_view keys;  // framed: an array, or null when everything is gone
};

// `value`: whole. Nothing when it is something else.
std::optional<Invalidation> read_invalidation(std::string_view value);

}  // namespace bulkhead::resp
