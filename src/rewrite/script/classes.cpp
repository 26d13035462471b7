#include "classes.hpp"

#include "bulkhead/command/finders.hpp"

#include <optional>

namespace bulkhead::rewrite::script {
namespace {

using command::Handling;
using command::NameKind;
using command::NameSpec;
using command::Row;

// The Lua twins of the finders in command/finders.hpp. One without a twin is refused in scripts.
std::string of_finder(command::Finder finder) {
  if (finder == command::find_xread_names) return "X";
  if (finder == command::find_xreadgroup_names) return "Xg";
  if (finder == command::find_sort_names) return "S2w";
  if (finder == command::find_sort_ro_names) return "S2";
  if (finder == command::find_georadius_names) return "G6w";
  if (finder == command::find_georadiusbymember_names) return "G5w";
  return "-";
}

bool is_range(const NameSpec& spec, int first, int last, int step) {
  return spec.begin == NameSpec::Begin::index && spec.walk == NameSpec::Walk::range &&
         spec.at == first && spec.last == last && spec.step == step && !spec.optional;
}

std::string of_counting(NameSpec::Counting counting) {
  switch (counting) {
    case NameSpec::Counting::pop:
      return "p";
    case NameSpec::Counting::cardinality:
      return "pc";
    case NameSpec::Counting::pairs:
    case NameSpec::Counting::input_keys:
    case NameSpec::Counting::script:
    case NameSpec::Counting::function:
      break;
  }
  return "";
}

std::optional<std::string> of_spec(const NameSpec& spec) {
  if (spec.kind != NameKind::key || spec.begin != NameSpec::Begin::index || spec.limit > 1 ||
      spec.optional) {
    return std::nullopt;
  }
  const std::string at = std::to_string(spec.at);
  if (spec.walk == NameSpec::Walk::count) {
    const std::string step = spec.step == 1 ? "" : ":" + std::to_string(spec.step);
    return "n" + at + step + of_counting(spec.counting);
  }
  const int last = spec.last < 0 ? spec.last : spec.at + spec.last;
  return "r" + at + ":" + std::to_string(last) + ":" + std::to_string(spec.step);
}

std::string of_names(const Row& row) {
  if (row.finder != nullptr) return of_finder(row.finder);
  if (row.names[1].kind == NameKind::none) {
    const NameSpec& only = row.names[0];
    const bool channel = only.kind == NameKind::channel || only.kind == NameKind::sharded_channel;
    if (channel && is_range(only, 1, 0, 1)) return "P";
    if (only.kind == NameKind::key && is_range(only, 1, 0, 1)) return "1";
    if (only.kind == NameKind::key && is_range(only, 1, 1, 1)) return "2";
    if (only.kind == NameKind::key && is_range(only, 1, -1, 1)) return "3";
  }
  std::string all;
  for (const NameSpec& spec : row.names) {
    if (spec.kind == NameKind::none) break;
    const auto one = of_spec(spec);
    if (!one) return "-";
    all += *one;
  }
  return all;
}

std::string of_merge(command::Merge merge) {
  switch (merge) {
    case command::Merge::sum:
      return "+";
    case command::Merge::in_order:
      return "*";
    case command::Merge::all_ok:
      return "&";
    case command::Merge::none:
      break;
  }
  return "";
}

}  // namespace

std::string class_of(const Row& row) {
  if (row.has(command::kContainer)) return "/";
  if ((row.flags & command::kNoscript) != 0) return "-";
  if (row.action == command::Action::select) return "D";
  if (row.action == command::Action::keys) return "L";
  if (row.has(command::kSameInScripts)) return "0";
  switch (row.handling) {
    case Handling::forward:
    case Handling::split:
    case Handling::pinned:
      break;
    case Handling::script:
    case Handling::local:
    case Handling::scoped:
    case Handling::denied:
      return "-";
  }
  if (!row.takes_names()) return "-";
  std::string names = of_names(row);
  if (names == "-" || names == "P") return names;
  // Whose names come back in a way that has no twin here is refused.
  const bool popped = row.reply == command::ReplyRule::popped;
  const bool streams = row.reply == command::ReplyRule::streams && names[0] == 'X';
  if (row.reply != command::ReplyRule::plain && !popped && !streams) return "-";
  if (row.has(command::kMayCopyAcross)) names += '@';
  if (popped) names += '<';
  return names + of_merge(row.merge);
}

std::string lifetime_class(const Row& row) {
  switch (row.lifetime.keys) {
    case command::Lifetime::Keys::unsaid:
    case command::Lifetime::Keys::none:
      return "";
    case command::Lifetime::Keys::first:
      return "~1";
    case command::Lifetime::Keys::second:
      return "~2";
    case command::Lifetime::Keys::every:
      return "~a";
    case command::Lifetime::Keys::stored:
      return "~l";
  }
  return "";
}

int hot_class(const std::string& full) {
  if (full == "1") return 1;
  if (full == "1~1") return 4;
  if (full == "2") return 2;
  return full[0] == '3' ? 3 : 0;
}

}  // namespace bulkhead::rewrite::script
