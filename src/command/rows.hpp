// Assembles rows/*.inc into one constant array, group by group. Included by table.cpp alone.
#pragma once

#include "bulkhead/command/table.hpp"
#include "command/words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>

namespace bulkhead::command {
namespace groups_of_rows {

using namespace words;

// clang-format off
inline constexpr Line kString[] = {
#include "command/rows/string.inc"
};
inline constexpr Line kHash[] = {
#include "command/rows/hash.inc"
};
inline constexpr Line kList[] = {
#include "command/rows/list.inc"
};
inline constexpr Line kSet[] = {
#include "command/rows/set.inc"
};
inline constexpr Line kSortedSet[] = {
#include "command/rows/sorted_set.inc"
};
inline constexpr Line kStream[] = {
#include "command/rows/stream.inc"
};
inline constexpr Line kGeo[] = {
#include "command/rows/geo.inc"
};
inline constexpr Line kBitmap[] = {
#include "command/rows/bitmap.inc"
};
inline constexpr Line kHyperloglog[] = {
#include "command/rows/hyperloglog.inc"
};
inline constexpr Line kGeneric[] = {
#include "command/rows/generic.inc"
};
inline constexpr Line kConnection[] = {
#include "command/rows/connection.inc"
};
inline constexpr Line kServer[] = {
#include "command/rows/server.inc"
};
inline constexpr Line kPubsub[] = {
#include "command/rows/pubsub.inc"
};
inline constexpr Line kTransactions[] = {
#include "command/rows/transactions.inc"
};
inline constexpr Line kScripting[] = {
#include "command/rows/scripting.inc"
};
inline constexpr Line kCluster[] = {
#include "command/rows/cluster.inc"
};
inline constexpr Line kVectorSet[] = {
#include "command/rows/vector_set.inc"
};
inline constexpr Line kJson[] = {
#include "command/rows/json.inc"
};
inline constexpr Line kBloom[] = {
#include "command/rows/bloom.inc"
};
inline constexpr Line kCuckoo[] = {
#include "command/rows/cuckoo.inc"
};
inline constexpr Line kCms[] = {
#include "command/rows/cms.inc"
};
inline constexpr Line kTopk[] = {
#include "command/rows/topk.inc"
};
inline constexpr Line kTdigest[] = {
#include "command/rows/tdigest.inc"
};
inline constexpr Line kTimeseries[] = {
#include "command/rows/timeseries.inc"
};
inline constexpr Line kSearch[] = {
#include "command/rows/search.inc"
};
// clang-format on

struct Part {
  std::string_view name;
  std::span<const Line> lines;
};
inline constexpr Part kParts[] = {
    {"string", kString},
    {"hash", kHash},
    {"list", kList},
    {"set", kSet},
    {"sorted_set", kSortedSet},
    {"stream", kStream},
    {"geo", kGeo},
    {"bitmap", kBitmap},
    {"hyperloglog", kHyperloglog},
    {"generic", kGeneric},
    {"connection", kConnection},
    {"server", kServer},
    {"pubsub", kPubsub},
    {"transactions", kTransactions},
    {"scripting", kScripting},
    {"cluster", kCluster},
    {"vector_set", kVectorSet},
    {"json", kJson},
    {"bloom", kBloom},
    {"cuckoo", kCuckoo},
    {"cms", kCms},
    {"topk", kTopk},
    {"tdigest", kTdigest},
    {"timeseries", kTimeseries},
    {"search", kSearch},
};

constexpr std::size_t count_rows() {
  std::size_t count = 0;
  for (const Part& part : kParts) count += part.lines.size();
  return count;
}

}  // namespace groups_of_rows

inline constexpr auto kRows = [] {
  std::array<Row, groups_of_rows::count_rows()> all{};
  auto to = all.begin();
  for (const auto& part : groups_of_rows::kParts) {
    to = std::copy(part.lines.begin(), part.lines.end(), to);
  }
  return all;
}();

inline constexpr auto kGroups = [] {
  std::array<Group, std::size(groups_of_rows::kParts)> all{};
  const Row* from = kRows.data();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& part = groups_of_rows::kParts[i];
    all[i] = {part.name, {from, part.lines.size()}};
    from += part.lines.size();
  }
  return all;
}();

}  // namespace bulkhead::command
