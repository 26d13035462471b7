#include "bulkhead/command/finders.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"

#include <optional>

namespace bulkhead::command {
namespace {

using resp::Args;

// Reads options from left to right, as Redis' own loops do. `is("limit", 2)` is true where the word
// is the option and has its two arguments; a word that is nothing of the kind is a syntax error.
// So is "by\0x", which Redis' strcasecmp would take for "by": refusing it is the safe side.
class Options {
 public:
  Options(const Args& args, std::size_t first) : args_(args), at_(first) {}

  bool more() const { return at_ < args_.size(); }
  bool is(std::string_view option, std::size_t arguments = 0) const {
    return args_.size() - at_ - 1 >= arguments && equals_ignoring_case(args_[at_], option);
  }
  std::size_t at() const { return at_; }
  std::string_view argument() const { return args_[at_ + 1]; }
  void skip(std::size_t arguments = 0) { at_ += 1 + arguments; }
  void take(NameKind kind, Names& out) {
    out.push_back({static_cast<std::uint32_t>(at_ + 1), kind});
    skip(1);
  }
  // A destination: of several the last one counts, and the others are names all the same.
  void take_destination(Names& out) {
    for (std::size_t i = 1; i < out.size(); ++i) {
      if (out[i].kind == NameKind::key) out[i].kind = NameKind::unused_key;
    }
    take(NameKind::key, out);
  }
  Refusal mistake(Names& out) const {
    out.push_back({static_cast<std::uint32_t>(at_), NameKind::none});
    return refuse::syntax();
  }

 private:
  const Args& args_;
  std::size_t at_;
};

// src/sort.c.
Result<void> find_sorted(const Args& args, bool may_store, Names& out) {
  out.push_back({1, NameKind::key});
  for (Options option(args, 2); option.more();) {
    if (option.is("asc") || option.is("desc") || option.is("alpha")) {
      option.skip();
    } else if (option.is("limit", 2)) {
      option.skip(2);
    } else if (may_store && option.is("store", 1)) {
      option.take_destination(out);
    } else if (option.is("get", 1) && option.argument() == "#") {
      option.skip(1);  // the element itself
    } else if (option.is("by", 1) || option.is("get", 1)) {
      // BY without '*' only means "do not sort": a prefix in front does no harm.
      option.take(NameKind::sort_pattern, out);
    } else {
      return option.mistake(out);
    }
  }
  return {};
}

// src/geo.c. The options begin behind the unit.
Result<void> find_radius(const Args& args, std::size_t options, Names& out) {
  out.push_back({1, NameKind::key});
  for (Options option(args, options); option.more();) {
    if (option.is("withdist") || option.is("withhash") || option.is("withcoord") ||
        option.is("any") || option.is("asc") || option.is("desc")) {
      option.skip();
    } else if (option.is("count", 1)) {
      option.skip(1);
    } else if (option.is("store", 1) || option.is("storedist", 1)) {
      option.take_destination(out);
    } else {
      return option.mistake(out);
    }
  }
  return {};
}

// src/t_stream.c. Behind STREAMS there are only keys, and as many IDs.
Result<void> find_streams(const Args& args, std::size_t first, Names& out) {
  const std::size_t left = args.size() - first;
  if (left % 2 != 0) return refuse::unbalanced_streams();
  for (std::size_t i = first; i < first + left / 2; ++i) {
    out.push_back({static_cast<std::uint32_t>(i), NameKind::key});
  }
  return {};
}

std::optional<Refusal> wrong_number(bool is_timeout, std::string_view text) {
  const auto number = resp::parse_integer(text);
  if (!is_timeout) {
    return number ? std::nullopt : std::optional(refuse::not_an_integer());
  }
  if (!number) return refuse::timeout_not_an_integer();
  if (*number < 0) return refuse::timeout_negative();
  return std::nullopt;
}

Result<void> find_read(const Args& args, bool of_a_group, Names& out) {
  bool grouped = false;
  for (Options option(args, 1); option.more();) {
    if (option.is("block", 1) || option.is("count", 1)) {
      // Of two mistakes Redis reports the first.
      if (const auto wrong = wrong_number(option.is("block"), option.argument())) return *wrong;
      option.skip(1);
    } else if (option.is("streams", 1)) {
      const std::size_t first = option.at() + 1;
      if (auto found = find_streams(args, first, out); !found) return found;
      if (of_a_group && !grouped) return refuse::missing_group();
      return {};
    } else if (option.is("group", 2)) {
      if (!of_a_group) return refuse::only_for_xreadgroup("GROUP");
      grouped = true;
      option.skip(2);
    } else if (of_a_group && option.is("claim", 1)) {
      option.skip(1);  // since 8.4
    } else if (option.is("noack")) {
      if (!of_a_group) return refuse::only_for_xreadgroup("NOACK");
      option.skip();
    } else {
      return refuse::syntax();
    }
  }
  return refuse::syntax();
}

}  // namespace

Result<void> find_scan_names(const Args& args, Names& out) {
  for (Options option(args, 2); option.more();) {
    if (option.is("count", 1) || option.is("type", 1)) {
      option.skip(1);
    } else if (option.is("match", 1)) {
      option.take(NameKind::key_pattern, out);
    } else {
      return refuse::syntax();
    }
  }
  return {};
}

Result<void> find_sort_names(const Args& args, Names& out) {
  return find_sorted(args, true, out);
}
Result<void> find_sort_ro_names(const Args& args, Names& out) {
  return find_sorted(args, false, out);
}

Result<void> find_georadius_names(const Args& args, Names& out) {
  return find_radius(args, 6, out);
}
Result<void> find_georadiusbymember_names(const Args& args, Names& out) {
  return find_radius(args, 5, out);
}

Result<void> find_xread_names(const Args& args, Names& out) {
  return find_read(args, false, out);
}
Result<void> find_xreadgroup_names(const Args& args, Names& out) {
  return find_read(args, true, out);
}

// Mistakes are told by who reads the rest (request/tracking.hpp): nothing of this is forwarded as
// it stands.
Result<void> find_client_tracking_names(const Args& args, Names& out) {
  for (Options option(args, 3); option.more();) {
    if (option.is("redirect", 1))
      option.skip(1);
    else if (option.is("prefix", 1))
      option.take(NameKind::key, out);
    else
      option.skip();
  }
  return {};
}

}  // namespace bulkhead::command
