// The names that find_names finds in a command given as words, written "1:key 3:channel"; or, where
// it refuses, the sentence. For the tests of this folder.
#pragma once

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

#include <array>
#include <string>

namespace bulkhead::command {

inline std::string written(const Names& names) {
  static constexpr std::array<const char*, 8> kKinds = {
      "none",       "key",     "key_pattern",     "sort_pattern",
      "unused_key", "channel", "channel_pattern", "sharded_channel"};
  std::string out;
  for (const Name& name : names) {
    if (!out.empty()) out += ' ';
    out += std::to_string(name.arg) + ':' + kKinds[static_cast<std::size_t>(name.kind)];
  }
  return out;
}

inline std::string names_of(const Row& row, const resp::Args& args) {
  Names names{{99, NameKind::channel}};  // left over from another command
  const auto found = find_names(row, args, names);
  if (!found) CHECK((names.empty() || names.back().kind == NameKind::none));
  return found ? written(names) : found.error().sentence;
}

inline std::string names_of(std::initializer_list<std::string_view> words) {
  const resp::OwnedArgs args(words);
  const auto row = find_row(args.view());
  return row ? names_of(**row, args.view()) : row.error().sentence;
}

}  // namespace bulkhead::command
