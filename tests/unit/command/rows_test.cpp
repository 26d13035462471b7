#include "bulkhead/command/table.hpp"
#include "catch.hpp"
#include "command/export.hpp"

#include <algorithm>
#include <map>

using namespace bulkhead;
using namespace bulkhead::command;

namespace {

std::set<std::string> flag_names(const Row& row) {
  std::set<std::string> out;
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1) {
    if ((row.flags & bit) != 0) out.emplace(flag_name(bit));
  }
  return out;
}

std::set<std::string> categories_of(const Row& row) {
  std::set<std::string> out;
  for (std::size_t i = 0; i < category_names().size(); ++i) {
    if ((row.categories >> i & 1) != 0 && (1u << i) != kCatTenant) out.emplace(category_names()[i]);
  }
  return out;
}

std::set<std::string_view> names_where(auto condition) {
  std::set<std::string_view> out;
  for (const Row& row : rows()) {
    if (condition(row)) out.insert(row.name);
  }
  return out;
}

// The version that a line of command-newer.txt names.
Since since_of(const std::string& version) {
  if (version == "7.0") return Since::redis_7_0;
  if (version == "7.2") return Since::redis_7_2;
  if (version == "7.4") return Since::redis_7_4;
  if (version == "8.0") return Since::redis_8_0;
  if (version == "8.2") return Since::redis_8_2;
  if (version == "8.4") return Since::redis_8_4;
  if (version == "8.6") return Since::redis_8_6;
  if (version.starts_with("valkey-8.")) return Since::valkey_8;
  if (version.starts_with("valkey-9.")) return Since::valkey_9;
  REQUIRE(version == "module");
  return Since::module;
}

// What is in one and not in the other, both ways.
std::vector<std::string> differences(const std::set<std::string>& one,
                                     const std::set<std::string>& other) {
  std::vector<std::string> out;
  std::set_symmetric_difference(one.begin(), one.end(), other.begin(), other.end(),
                                std::back_inserter(out));
  return out;
}

// Words for a command of `count` arguments in which every number of keys is 1.
resp::OwnedArgs ones(std::size_t count) {
  resp::OwnedArgs args;
  for (std::size_t i = 0; i < count; ++i) args.add("1");
  return args;
}

}  // namespace

TEST_CASE("every command of Redis 7.0 is classified, and no other", "[rows]") {
  std::set<std::string> theirs, ours;
  for (const auto& command : exported::read()) theirs.insert(command.name);
  for (const Row& row : rows()) {
    if (row.since == Since::redis_7_0) ours.emplace(row.name);
  }
  CHECK(differences(theirs, ours) == std::vector<std::string>{});
}

TEST_CASE("every newer command is classified, and no other", "[rows]") {
  std::set<std::string> theirs, ours;
  for (const auto& command : exported::read_newer()) theirs.insert(command.name);
  for (const Row& row : rows()) {
    if (row.since != Since::redis_7_0) ours.emplace(row.name);
  }
  CHECK(differences(theirs, ours) == std::vector<std::string>{});
}

TEST_CASE("a row says which version brought its command", "[rows]") {
  for (const auto& command : exported::read_all()) {
    CAPTURE(command.name, command.since);
    const Row* row = find_row(std::string_view(command.name));
    REQUIRE(row != nullptr);
    CHECK(row->since == since_of(command.since));
  }
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    // A subcommand is not older than its container.
    const Row& container = *find_row(row.name.substr(0, row.name.find('|')));
    if (container.since != Since::redis_7_0) CHECK(row.since == container.since);
    // Vector sets are a module that every Redis 8 has built in.
    if (row.since == Since::module) CHECK((row.flags & kModule) != 0);
    if ((row.flags & kModule) != 0) CHECK(row.since >= Since::redis_8_0);
    CHECK((row.name.find('.') != std::string_view::npos) == (row.since == Since::module));
  }
}

TEST_CASE("rows say of a command what Redis says", "[rows]") {
  for (const auto& command : exported::read_all()) {
    CAPTURE(command.name);
    const Row* row = find_row(std::string_view(command.name));
    REQUIRE(row != nullptr);
    CHECK(flag_names(*row) == command.flags);
    CHECK(categories_of(*row) == command.categories);
    CHECK(key_range(*row) == KeyRange{command.first, command.last, command.step});
    if (command.flags.contains("module")) {
      CHECK(command.arity == -1);
      CHECK(row->arity < 0);
    } else {
      CHECK(int{row->arity} == command.arity);
    }
  }
}

TEST_CASE("rows find keys where Redis' own specs find them", "[rows]") {
  int compared = 0;
  for (const auto& command : exported::read_all()) {
    const Row& row = *find_row(std::string_view(command.name));
    if (command.specs.empty() || row.finder != nullptr) continue;
    const auto least = static_cast<std::size_t>(std::abs(row.arity));
    for (std::size_t count = least; count < least + (command.arity < 0 ? 6 : 1); ++count) {
      CAPTURE(command.name, count);
      const resp::OwnedArgs args = ones(count);
      const auto theirs = exported::keys(command, args.view());
      Names names;
      const auto found = find_names(row, args.view(), names);
      if (!theirs || !found) continue;
      std::set<std::size_t> ours;
      for (const Name& name : names) ours.insert(name.arg);
      CHECK(ours == *theirs);
      ++compared;
    }
  }
  CHECK(compared > 500);
}

TEST_CASE("a refusal to find keys where Redis finds some is deliberate", "[rows]") {
  // Pairs and triplets that are not whole; Redis finds that out later.
  std::set<std::string> refused;
  for (const auto& command : exported::read_all()) {
    const Row& row = *find_row(std::string_view(command.name));
    if (command.specs.empty() || row.finder != nullptr) continue;
    const auto least = static_cast<std::size_t>(std::abs(row.arity));
    for (std::size_t count = least; count < least + (command.arity < 0 ? 6 : 1); ++count) {
      const resp::OwnedArgs args = ones(count);
      Names names;
      const bool found = find_names(row, args.view(), names).has_value();
      if (exported::keys(command, args.view()) && !found) refused.insert(command.name);
    }
  }
  CHECK(refused == std::set<std::string>{"json.mset", "mset", "msetnx", "ts.madd"});
}

TEST_CASE("no row reaches a backend without the names that Redis knows of", "[rows]") {
  for (const auto& command : exported::read_all()) {
    CAPTURE(command.name);
    const Row& row = *find_row(std::string_view(command.name));
    const bool upstream = row.handling != Handling::local && row.handling != Handling::denied;
    if (upstream && !command.specs.empty()) CHECK(row.takes_names());
    if (row.handling == Handling::local) CHECK_FALSE(row.takes_names());
  }
}

TEST_CASE("a client's commands that reach a backend without any name are these", "[rows]") {
  const auto nameless = names_where([](const Row& row) {
    const bool own_answer = row.handling == Handling::local || row.handling == Handling::scoped;
    return !own_answer && row.handling != Handling::denied && !row.takes_names();
  });
  CHECK(nameless == std::set<std::string_view>{"discard", "exec", "monitor", "multi",
                                               "function|delete", "function|flush", "function|kill",
                                               "function|list", "function|load", "function|stats",
                                               "script|exists", "script|flush", "script|kill",
                                               "script|load", "unwatch", "wait", "waitaof"});
}

TEST_CASE("a denied row says why, and containers come before their subcommands", "[rows]") {
  std::set<std::string_view> seen;
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    if (row.handling == Handling::denied) CHECK_FALSE(row.why.empty());
    CHECK(std::none_of(row.name.begin(), row.name.end(),
                       [](char c) { return c >= 'A' && c <= 'Z'; }));
    const std::size_t bar = row.name.find('|');
    if (bar != std::string_view::npos) {
      const Row* container = find_row(row.name.substr(0, bar));
      REQUIRE(container != nullptr);
      CHECK(container->has(kContainer));
      CHECK(seen.contains(container->name));
    }
    CHECK(seen.insert(row.name).second);
  }
}

TEST_CASE("only a container is denied for being one", "[rows]") {
  const auto containers = names_where([](const Row& row) { return row.has(kContainer); });
  CHECK(containers == std::set<std::string_view>{
                          "acl", "client", "cluster", "command", "commandlog", "config", "function",
                          "hotkeys", "json.debug", "latency", "memory", "module", "object",
                          "pubsub", "script", "slowlog", "xgroup", "xinfo"});
}

TEST_CASE("what a command needs follows from its flags", "[rows]") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    // What blocks or subscribes must not sit on a lane that others use.
    if ((row.flags & kBlocking) != 0) {
      CHECK((row.handling == Handling::pinned || row.has(kMayBlock)));
    }
    if (row.handling == Handling::forward || row.handling == Handling::split) {
      CHECK((row.categories & (kCatTransaction | kCatScripting | kCatAdmin)) == 0);
      CHECK(row.takes_names());
    }
    CHECK(row.has(kBeforeAuth) == ((row.flags & kNoAuth) != 0));
    if (row.has(kHitOrMiss)) CHECK(row.one_key_first());
    if (row.handling == Handling::split) CHECK(row.names[0].last == -1);
  }
}

TEST_CASE("forwarded commands are data commands, and publishing", "[rows]") {
  const auto other = names_where([](const Row& row) {
    return row.handling == Handling::forward && (row.flags & (kReadonly | kWrite)) == 0;
  });
  CHECK(other == std::set<std::string_view>{"publish", "spublish"});
}

TEST_CASE("replies that carry names are these", "[rows]") {
  std::map<ReplyRule, std::set<std::string_view>> by_rule;
  for (const Row& row : rows()) by_rule[row.reply].insert(row.name);
  by_rule.erase(ReplyRule::plain);
  CHECK(by_rule ==
        std::map<ReplyRule, std::set<std::string_view>>{
            {ReplyRule::name, {"randomkey"}},
            {ReplyRule::names, {"keys"}},
            {ReplyRule::scan, {"scan"}},
            {ReplyRule::popped,
             {"blmpop", "blpop", "brpop", "bzmpop", "bzpopmax", "bzpopmin", "lmpop", "zmpop"}},
            {ReplyRule::streams, {"xread", "xreadgroup"}}});
}

TEST_CASE("@tenant holds nothing that names or changes what is not the tenant's", "[rows]") {
  for (const char* name :
       {"keys", "flushdb", "flushall", "monitor", "restore", "swapdb", "config|set", "debug",
        "shutdown", "migrate", "client|pause", "acl|setuser"}) {
    CAPTURE(name);
    CHECK((find_row(std::string_view(name))->categories & kCatTenant) == 0);
  }
  for (const char* name : {"sort", "info", "role", "lastsave", "config|get", "client|list",
                           "slowlog|get", "latency|latest", "acl|whoami"}) {
    CAPTURE(name);
    CHECK((find_row(std::string_view(name))->categories & kCatTenant) != 0);
  }
}

TEST_CASE("rows whose arguments are credentials are marked", "[rows]") {
  CHECK(names_where([](const Row& row) { return row.has(kSecret); }) ==
        std::set<std::string_view>{"auth", "hello", "config|set", "acl|setuser", "migrate"});
}

TEST_CASE("no command of a search index is passed on", "[rows]") {
  int commands = 0;
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    if ((row.categories & kCatSearch) == 0) continue;
    CHECK(row.name.starts_with("ft."));
    CHECK(row.handling == Handling::denied);
    ++commands;
  }
  CHECK(commands > 40);
}

TEST_CASE("groups partition the rows in their order", "[rows]") {
  const Row* next = rows().data();
  for (const Group& group : groups()) {
    CAPTURE(group.name);
    CHECK_FALSE(group.rows.empty());
    CHECK(group.rows.data() == next);
    next += group.rows.size();
  }
  CHECK(next == rows().data() + rows().size());
}
