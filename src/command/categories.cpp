#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"

#include <array>
#include <bit>

namespace bulkhead::command {
namespace {

constexpr std::array<std::string_view, 30> kCategories = {
    "keyspace",   "read",        "write",     "set",         "sortedset",  "list",
    "hash",       "string",      "bitmap",    "hyperloglog", "geo",        "stream",
    "pubsub",     "admin",       "fast",      "slow",        "blocking",   "dangerous",
    "connection", "transaction", "scripting", "tenant",      "json",       "bloom",
    "cuckoo",     "cms",         "topk",      "tdigest",     "timeseries", "search"};

// Empty where Redis keeps a flag to itself.
constexpr std::array<std::string_view, 25> kFlags = {"write",
                                                     "readonly",
                                                     "denyoom",
                                                     "admin",
                                                     "pubsub",
                                                     "noscript",
                                                     "blocking",
                                                     "loading",
                                                     "stale",
                                                     "skip_monitor",
                                                     "skip_slowlog",
                                                     "asking",
                                                     "fast",
                                                     "no_auth",
                                                     "may_replicate",
                                                     "no_async_loading",
                                                     "no_multi",
                                                     "movablekeys",
                                                     "allow_busy",
                                                     "module",
                                                     "no_mandatory_keys",
                                                     "",
                                                     "",
                                                     "",
                                                     ""};

static_assert(kCatSearch == 1u << (kCategories.size() - 1));
static_assert(kTouchesArbitraryKeys == 1u << (kFlags.size() - 1));

}  // namespace

std::span<const std::string_view> category_names() {
  return kCategories;
}

std::optional<std::uint32_t> category_named(std::string_view name) {
  for (std::size_t bit = 0; bit < kCategories.size(); ++bit) {
    if (equals_ignoring_case(kCategories[bit], name)) return 1u << bit;
  }
  return std::nullopt;
}

std::string_view flag_name(std::uint32_t bit) {
  const auto at = static_cast<std::size_t>(std::countr_zero(bit));
  return at < kFlags.size() ? kFlags[at] : std::string_view{};
}

}  // namespace bulkhead::command
