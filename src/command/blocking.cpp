#include "bulkhead/command/blocking.hpp"

#include "bulkhead/base/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace bulkhead::command {
namespace {

using std::chrono::milliseconds;

constexpr double kLongest = 1e12;  // milliseconds; some thirty years

// As Redis reads it (src/object.c, getLongDoubleFromObject): also "0.5", "1e3" and " 1".
milliseconds read_timeout(std::string_view text, double milliseconds_in_one) {
  const double given = std::strtod(std::string(text).c_str(), nullptr) * milliseconds_in_one;
  if (given == 0) return kBlocksForever;
  if (std::isnan(given) || given < 0) return milliseconds::zero();
  return milliseconds(static_cast<milliseconds::rep>(std::ceil(std::min(given, kLongest))));
}

// Where the value of BLOCK stands; 0: nowhere.
std::size_t block_option(const resp::Args& args) {
  for (std::size_t i = 1; i + 1 < args.size(); ++i) {
    if (equals_ignoring_case(args[i], "block")) return i + 1;
    if (equals_ignoring_case(args[i], "streams")) return 0;
    if (equals_ignoring_case(args[i], "count"))
      i += 1;
    else if (equals_ignoring_case(args[i], "group"))
      i += 2;
  }
  return 0;
}

}  // namespace

std::optional<milliseconds> blocking_time(const Row& row, const resp::Args& args) {
  if (row.has(kMayBlock)) {
    const std::size_t at = block_option(args);
    if (at == 0) return std::nullopt;
    return read_timeout(args[at], 1);
  }
  if (row.timeout.unit == Timeout::Unit::none) return std::nullopt;
  const int at = row.timeout.at;
  const std::size_t index =
      at < 0 ? args.size() - static_cast<std::size_t>(-at) : static_cast<std::size_t>(at);
  return read_timeout(args[index], row.timeout.unit == Timeout::Unit::seconds ? 1000 : 1);
}

}  // namespace bulkhead::command
