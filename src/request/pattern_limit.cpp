#include "pattern_limit.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"

namespace bulkhead::request {
namespace {

std::optional<Refusal> refused(std::string_view pattern, const config::Limits& limits) {
  if (pattern.size() > limits.pattern_bytes) return refuse::pattern_too_long();
  if (stars_in(pattern) > limits.pattern_stars) return refuse::pattern_has_too_many_stars();
  return std::nullopt;
}

}  // namespace

// What stands in brackets is counted, too: better one too many than one too few.
std::size_t stars_in(std::string_view pattern) {
  std::size_t stars = 0;
  bool before = false;  // behind another one it changes nothing
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool star = pattern[i] == '*';
    if (pattern[i] == '\\') ++i;
    if (star && !before) ++stars;
    before = star;
  }
  return stars;
}

std::optional<Refusal> refused_pattern(const command::Row& row, const resp::Args& args,
                                       const config::Limits& limits) {
  const bool all = row.has(command::kSearches);
  for (std::size_t i = 1; i < args.size(); ++i) {
    const bool pattern = all || equals_ignoring_case(args[i - 1], "match");
    if (!pattern) continue;
    if (auto refusal = refused(args[i], limits)) return refusal;
  }
  return std::nullopt;
}

}  // namespace bulkhead::request
