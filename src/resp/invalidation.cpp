#include "bulkhead/resp/invalidation.hpp"

#include <array>

namespace bulkhead::resp {
namespace {

// Redis writes them so and not otherwise (tracking.c, sendTrackingMessage).
constexpr std::array<std::string_view, 2> kTold = {
    ">2\r\n$10\r\ninvalidate\r\n", "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n"};
constexpr std::string_view kBroken = ">2\r\n$21\r\ntracking-redir-broken\r\n";

}  // namespace

std::optional<Invalidation> read_invalidation(std::string_view value) {
  for (std::string_view told : kTold) {
    if (value.starts_with(told)) return Invalidation{false, value.substr(told.size())};
  }
  if (value.starts_with(kBroken)) return Invalidation{true, {}};
  return std::nullopt;
}

}  // namespace bulkhead::resp
