#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/resp/number.hpp"

#include <algorithm>
#include <optional>

namespace bulkhead::command {
namespace {

using resp::Args;
using Counting = NameSpec::Counting;

std::uint32_t index(std::size_t at) {
  return static_cast<std::uint32_t>(at);
}
std::size_t unsigned_of(std::int8_t n) {
  return static_cast<std::size_t>(n);
}

// Where the names begin, or the number of them; none where the keyword is not given.
std::optional<std::size_t> find_begin(const NameSpec& spec, const Args& args) {
  if (spec.begin == NameSpec::Begin::index) return unsigned_of(spec.at);
  if (spec.at >= 0) {
    for (std::size_t i = unsigned_of(spec.at); i < args.size(); ++i) {
      if (equals_ignoring_case(args[i], spec.keyword)) return i + 1;
    }
  } else {
    // Backwards, and as in Redis never looking at the first argument.
    const std::size_t skipped = static_cast<std::size_t>(-spec.at) - 1;
    for (std::size_t i = args.size() - std::min(skipped, args.size()); i-- > 2;) {
      if (equals_ignoring_case(args[i], spec.keyword)) return i + 1;
    }
  }
  return std::nullopt;
}

Result<void> walk_range(const Row& row, const NameSpec& spec, std::size_t first, const Args& args,
                        Names& out) {
  const std::size_t left = args.size() - std::min(first, args.size());
  // How many arguments the range spans, names and what is between them.
  std::size_t span = left;
  if (spec.last >= 0) {
    span = unsigned_of(spec.last) + 1;
  } else {
    if (spec.limit > 1) span = left / unsigned_of(spec.limit);
    const auto behind = static_cast<std::size_t>(-spec.last) - 1;
    span -= std::min(behind, span);
  }
  if (left == 0 && spec.optional) return {};
  if (span == 0 || span > left) return refuse::wrong_arity(row.name);

  const std::size_t step = unsigned_of(spec.step);
  if (spec.last < 0 && span % step != 0) return refuse::wrong_arity(row.name);
  if (spec.limit > 1 && left % unsigned_of(spec.limit) != 0) return refuse::syntax();
  for (std::size_t i = first; i < first + span; i += step) out.push_back({index(i), spec.kind});
  return {};
}

Refusal no_number(Counting counting) {
  switch (counting) {
    case Counting::pop:
    case Counting::cardinality:
      return refuse::bad_numkeys();
    case Counting::function:
      return refuse::function_numkeys();
    case Counting::pairs:
      return refuse::invalid_numkeys();
    case Counting::input_keys:
    case Counting::script:
      break;
  }
  return refuse::not_an_integer();
}

Refusal too_few(const Row& row, Counting counting) {
  switch (counting) {
    case Counting::pop:
    case Counting::cardinality:
      return refuse::bad_numkeys();
    case Counting::script:
    case Counting::function:
      return refuse::negative_numkeys();
    case Counting::pairs:
      return refuse::invalid_numkeys();
    case Counting::input_keys:
      break;
  }
  return refuse::no_input_keys(row.name);
}

Refusal too_many(Counting counting) {
  if (counting == Counting::pairs) return refuse::not_in_pairs();
  const bool says_syntax = counting == Counting::pop || counting == Counting::input_keys;
  return says_syntax ? refuse::syntax() : refuse::numkeys_too_large();
}

Result<void> walk_count(const Row& row, const NameSpec& spec, std::size_t at, const Args& args,
                        Names& out) {
  if (at >= args.size()) return refuse::wrong_arity(row.name);
  const auto count = resp::parse_integer(args[at]);
  if (!count) return no_number(spec.counting);
  // Scripts and functions may name no keys at all.
  const bool none_is_fine =
      spec.counting == Counting::script || spec.counting == Counting::function;
  if (*count < (none_is_fine ? 0 : 1)) return too_few(row, spec.counting);
  const std::size_t step = unsigned_of(spec.step);
  if (static_cast<std::uint64_t>(*count) > (args.size() - at - 1) / step) {
    return too_many(spec.counting);
  }
  const std::size_t end = at + static_cast<std::size_t>(*count) * step;
  for (std::size_t i = at + 1; i <= end; i += step) out.push_back({index(i), spec.kind});
  return {};
}

Result<void> walk_spec(const Row& row, const NameSpec& spec, const Args& args, Names& out) {
  const auto begin = find_begin(spec, args);
  if (!begin) {
    if (spec.optional) return {};
    return refuse::syntax();
  }
  return spec.walk == NameSpec::Walk::range ? walk_range(row, spec, *begin, args, out)
                                            : walk_count(row, spec, *begin, args, out);
}

Result<void> walk_all(const Row& row, const Args& args, Names& out) {
  for (const NameSpec& spec : row.names) {
    if (spec.kind == NameKind::none) break;
    if (auto walked = walk_spec(row, spec, args, out); !walked) return walked;
  }
  return {};
}

// Whoever rewrites the arguments walks them once, from left to right. Nearly always in order
// already.
void put_in_order(Names& names) {
  const auto before = [](const Name& a, const Name& b) { return a.arg < b.arg; };
  const auto same = [](const Name& a, const Name& b) { return a.arg == b.arg; };
  if (!std::is_sorted(names.begin(), names.end(), before)) {
    std::sort(names.begin(), names.end(), before);
  }
  names.erase(std::unique(names.begin(), names.end(), same), names.end());
}

}  // namespace

Result<void> find_names(const Row& row, const Args& args, Names& out) {
  out.clear();
  if (row.one_key_first()) {
    if (args.size() < 2) return refuse::wrong_arity(row.name);
    out.push_back({1, NameKind::key});
    return {};
  }
  // Specs and finders count on it; whoever found the row by its arguments has checked it already.
  if (args.size() < static_cast<std::size_t>(row.arity < 0 ? -row.arity : row.arity)) {
    return refuse::wrong_arity(row.name);
  }
  Result<void> found = row.finder != nullptr ? row.finder(args, out) : walk_all(row, args, out);
  if (!found) {
    if (out.empty() || out.back().kind != NameKind::none) out.clear();
    return found;
  }
  put_in_order(out);
  return {};
}

KeyRange key_range(const Row& row) {
  KeyRange all{0, 0, 0};
  for (const NameSpec& spec : row.names) {
    const bool shown = spec.kind == NameKind::key || spec.kind == NameKind::sharded_channel;
    if (!shown || spec.begin != NameSpec::Begin::index || spec.walk != NameSpec::Walk::range)
      continue;
    const int last = spec.last < 0 ? spec.last : spec.at + spec.last;
    all = {all.first == 0 ? spec.at : all.first, last, spec.step};
  }
  return all;
}

}  // namespace bulkhead::command
