// Which words a script's text holds: the shim brings what the script can name and no more. Comments
// and strings count, so it errs on the side of bringing too much. Private to the module.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace bulkhead::rewrite::script {

struct Mentions {
  std::set<std::string, std::less<>> words;         // runs of letters, digits and '_'
  std::set<std::string, std::less<>> quoted;        // 'word' and "word", as a command's name stands
  std::set<std::string, std::less<>> redis_fields;  // x of redis.x
  bool all_of_redis = false;       // `redis` without a field behind it, or ways to reach it unnamed
  bool settings_of_cjson = false;  // more of cjson than encode, decode and null
  bool seeds_random = false;       // math.randomseed, or a way to reach it unnamed

  bool has(std::string_view word) const { return words.contains(word); }
};

Mentions mentions_of(std::string_view body);

// The line of the first `return ...call(`: Lua forgets the line of a tail call. The first line, or
// nothing, when there is none.
int tail_call_line(std::string_view body);
std::optional<int> tail_call(std::string_view body);

}  // namespace bulkhead::rewrite::script
