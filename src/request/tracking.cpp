#include "bulkhead/request/tracking.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::request {
namespace {

using tenant::Tracking;

struct Options {
  Tracking wanted;
  std::vector<std::string_view> prefixes;  // as they were given
};

Result<Options> read_options(const resp::Args& args,
                             const std::function<bool(std::int64_t)>& exists) {
  Options options;
  Tracking& wanted = options.wanted;
  for (std::size_t i = 3; i < args.size(); ++i) {
    const auto is = [&](std::string_view word) { return equals_ignoring_case(args[i], word); };
    const bool more = i + 1 < args.size();
    if (is("redirect") && more) {
      if (wanted.redirect != 0) return refuse::redirect_twice();
      const auto id = resp::parse_integer(args[++i]);
      if (!id) return refuse::not_an_integer();
      if (!exists(*id)) return refuse::no_redirect_target();
      wanted.redirect = *id;
    } else if (is("bcast")) {
      wanted.broadcast = true;
    } else if (is("optin")) {
      wanted.opt_in = true;
    } else if (is("optout")) {
      wanted.opt_out = true;
    } else if (is("noloop")) {
      wanted.no_loop = true;
    } else if (is("prefix") && more) {
      options.prefixes.push_back(args[++i]);
    } else {
      return refuse::syntax();
    }
  }
  return options;
}

bool overlap(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

Result<void> check_prefixes(const Tracking* before, const std::vector<std::string_view>& given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (before != nullptr) {
      for (const std::string& existing : before->prefixes) {
        if (overlap(existing, given[i])) return refuse::overlaps_existing(given[i], existing);
      }
    }
    for (std::size_t j = i + 1; j < given.size(); ++j) {
      if (overlap(given[i], given[j])) return refuse::overlaps_provided(given[i], given[j]);
    }
  }
  return {};
}

// Whether this may follow what is tracked already.
Result<void> check_modes(const Tracking* before, const Options& options) {
  const Tracking& wanted = options.wanted;
  if (!wanted.broadcast && !options.prefixes.empty()) return refuse::prefix_needs_broadcast();
  if (before != nullptr && before->broadcast != wanted.broadcast)
    return refuse::broadcast_switched();
  if (wanted.broadcast && (wanted.opt_in || wanted.opt_out)) return refuse::opt_with_broadcast();
  if (wanted.opt_in && wanted.opt_out) return refuse::opt_in_and_out();
  if (before != nullptr &&
      ((wanted.opt_in && before->opt_out) || (wanted.opt_out && before->opt_in))) {
    return refuse::opt_switched();
  }
  if (!wanted.broadcast) return {};
  return check_prefixes(before, options.prefixes);
}

}  // namespace

std::optional<std::int64_t> redirect_asked(const resp::Args& args) {
  std::optional<std::int64_t> asked;
  const std::function<bool(std::int64_t)> note = [&asked](std::int64_t id) {
    if (!asked) asked = id;
    return true;
  };
  // Its mistakes are told when the client is known to be there, or not.
  if (!read_options(args, note)) return asked;
  return asked;
}

Result<std::optional<Tracking>> read_tracking(const std::optional<Tracking>& before,
                                              const resp::Args& args, bool exists) {
  auto options = read_options(args, [exists](std::int64_t) { return exists; });
  if (!options) return options.error();
  if (equals_ignoring_case(args[2], "off")) return std::optional<Tracking>();
  if (!equals_ignoring_case(args[2], "on")) return refuse::syntax();
  if (auto fits = check_modes(before ? &*before : nullptr, *options); !fits) return fits.error();
  Tracking& after = options->wanted;
  after.caching = before && before->caching;
  if (after.broadcast) {
    if (before) after.prefixes = before->prefixes;
    if (options->prefixes.empty()) after.prefixes.emplace();
    for (std::string_view prefix : options->prefixes) after.prefixes.emplace(prefix);
  }
  return std::optional<Tracking>(std::move(after));
}

bool keeps_caching(const command::Row& row) {
  return row.name.starts_with("client|");
}

}  // namespace bulkhead::request
