// Prints every row of the command table as a line of JSON, for tests/isolation, which attacks each
// of them. Links no sockets.
#include "bulkhead/command/table.hpp"

#include <array>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace bulkhead::command;

constexpr std::array kHandlings = {"forward", "split",  "pinned", "script",
                                   "local",   "scoped", "denied"};
constexpr std::array kKinds = {"none",       "key",     "key_pattern",     "sort_pattern",
                               "unused_key", "channel", "channel_pattern", "sharded_channel"};
constexpr std::array kBegins = {"nowhere", "index", "keyword"};
constexpr std::array kWalks = {"range", "count"};
constexpr std::array kReplies = {"plain", "name", "names", "scan", "popped", "streams"};
constexpr std::array kSince = {"7.0", "7.2", "7.4",      "8.0",      "8.2",
                               "8.4", "8.6", "valkey 8", "valkey 9", "module"};
constexpr std::array kActions = {
    "none",
#define BULKHEAD_ACTION(word) #word,
#include "bulkhead/command/actions.inc"
#undef BULKHEAD_ACTION
};
constexpr std::array kMakes = {"unsaid", "none", "first", "second", "every", "stored"};
constexpr std::array kSays = {"nothing", "seconds", "milliseconds", "moment",
                              "options", "changes", "elsewhere"};
constexpr std::array<std::pair<Trait, const char*>, 14> kTraits = {{
    {kBeforeAuth, "before_auth"},
    {kStateful, "stateful"},
    {kHitOrMiss, "hit_or_miss"},
    {kContainer, "container"},
    {kSecret, "secret"},
    {kMayCopyAcross, "may_copy_across"},
    {kMayBlock, "may_block"},
    {kEndsTransaction, "ends_transaction"},
    {kAtOnce, "at_once"},
    {kNeverQueued, "never_queued"},
    {kWhileSubscribed, "while_subscribed"},
    {kCountsWrites, "counts_writes"},
    {kSameInScripts, "same_in_scripts"},
    {kFollowsWrites, "follows_writes"},
}};

template <class Texts, class Enum>
const char* text(const Texts& texts, Enum value) {
  return texts.at(static_cast<std::size_t>(value));
}

// The table's words hold neither quotes nor backslashes.
std::string quoted(std::string_view word) {
  return '"' + std::string(word) + '"';
}

std::string field(std::string_view name, std::string_view json) {
  return quoted(name) + ": " + std::string(json);
}

class List {
 public:
  void add(std::string_view json) {
    if (!items_.empty()) items_ += ", ";
    items_ += json;
  }
  std::string text() const { return '[' + items_ + ']'; }
  std::string object() const { return '{' + items_ + '}'; }

 private:
  std::string items_;
};

std::string flags(const Row& row) {
  List list;
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1) {
    if ((row.flags & bit) != 0) list.add(quoted(flag_name(bit)));
  }
  return list.text();
}

std::string traits(const Row& row) {
  List list;
  for (const auto& [trait, name] : kTraits) {
    if (row.has(trait)) list.add(quoted(name));
  }
  return list.text();
}

std::string object(const NameSpec& spec) {
  List fields;
  fields.add(field("kind", quoted(text(kKinds, spec.kind))));
  fields.add(field("begin", quoted(text(kBegins, spec.begin))));
  fields.add(field("at", std::to_string(spec.at)));
  fields.add(field("keyword", quoted(spec.keyword)));
  fields.add(field("walk", quoted(text(kWalks, spec.walk))));
  fields.add(field("last", std::to_string(spec.last)));
  fields.add(field("step", std::to_string(spec.step)));
  fields.add(field("limit", std::to_string(spec.limit)));
  fields.add(field("optional", spec.optional ? "true" : "false"));
  return fields.object();
}

std::string names(const Row& row) {
  List list;
  for (const NameSpec& spec : row.names) {
    if (spec.kind != NameKind::none) list.add(object(spec));
  }
  return list.text();
}

std::string object(const Group& group, const Row& row) {
  List fields;
  fields.add(field("name", quoted(row.name)));
  fields.add(field("group", quoted(group.name)));
  fields.add(field("arity", std::to_string(row.arity)));
  fields.add(field("handling", quoted(text(kHandlings, row.handling))));
  fields.add(field("flags", flags(row)));
  fields.add(field("since", quoted(text(kSince, row.since))));
  fields.add(field("reply", quoted(text(kReplies, row.reply))));
  fields.add(field("action", quoted(text(kActions, row.action))));
  fields.add(field("traits", traits(row)));
  fields.add(field("names", names(row)));
  fields.add(field("makes", quoted(text(kMakes, row.lifetime.keys))));
  fields.add(field("says", quoted(text(kSays, row.lifetime.says))));
  fields.add(field("finder", row.finder != nullptr ? "true" : "false"));
  return fields.object();
}

}  // namespace

int main() {
  for (const Group& group : groups()) {
    for (const Row& row : group.rows) std::cout << object(group, row) << '\n';
  }
  return 0;
}
