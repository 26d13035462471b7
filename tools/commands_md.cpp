// Prints docs/commands.md from the rows. Links no sockets.
#include "bulkhead/command/table.hpp"
#include "command/words.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <string>

namespace {

using namespace bulkhead::command;

constexpr std::array kHandlings = {"forward", "split",  "pinned", "script",
                                   "local",   "scoped", "denied"};
constexpr std::array kKinds = {"none",       "key",     "key pattern",     "sort pattern",
                               "unused key", "channel", "channel pattern", "sharded channel"};
constexpr std::array kReplies = {"", "name", "names", "scan", "popped", "streams"};
constexpr std::array kMerges = {"", "sum", "in order", "all OK"};
constexpr std::array kSince = {"7.0", "7.2", "7.4",      "8.0",      "8.2",
                               "8.4", "8.6", "Valkey 8", "Valkey 9", "module"};

template <class Texts, class Enum>
std::string text(const Texts& texts, Enum value) {
  return texts.at(static_cast<std::size_t>(value));
}

constexpr auto kIntroduction =
    R"(# Commands

Printed from the command table (`src/command/rows/*.inc`) by `tools/commands_md.cpp`; a test compares the two.
A command that is not here is refused.

- **Handling.** *forward*: sent on a shared lane. *split*: sent to every database that holds one of its keys, the
  answers merged. *pinned*: on a lane of the client's own, because its state lives upstream. *script*: Lua, under
  shim and fence. *local*: answered by Bulkhead. *scoped*: answered by Bulkhead about this tenant alone, with commands
  of its own. *denied*: refused to everybody, whatever their policy says.
- **Names.** The arguments that are rewritten. Positions count from the command's own name, which is 0.
  *counted at n*: argument n is the number of keys, which follow it. *by its options*: the options are
  read in order.
- **Reply.** How the reply carries names: *name* is one, *names* an array of them, *scan* a cursor and names, *popped* a
  name and what came from it, *streams* names with their entries. Empty: it carries none.
- **Since.** The version of Redis or Valkey that brought the command; *module*: the backend has it when it has loaded the
  module. Which it is, the backend says.
- **Categories.** Those that do not follow from the command's flags (@write, @read, @fast, @slow, @blocking, @pubsub, and
  @admin with @dangerous do). `@tenant` is Bulkhead's own: admin or dangerous elsewhere, about the tenant alone here.
)";

std::string number(int n) {
  return std::to_string(n);
}

std::string places(const NameSpec& spec) {
  const bool counted = spec.walk == NameSpec::Walk::count;
  if (spec.begin == NameSpec::Begin::keyword) return "after " + std::string(spec.keyword);
  if (counted) return "counted at " + number(spec.at);
  if (spec.last == 0) return number(spec.at);
  const std::string last = spec.last == -1   ? "the last"
                           : spec.last == -2 ? "the last but one"
                                             : number(spec.at + spec.last);
  const std::string step = spec.step == 3   ? ", every third"
                           : spec.step == 2 ? ", every second"
                                            : "";
  return number(spec.at) + " to " + last + step;
}

std::string names(const Row& row) {
  if (row.finder != nullptr) return "by its options";
  std::string out;
  for (const NameSpec& spec : row.names) {
    if (spec.kind == NameKind::none) break;
    if (!out.empty()) out += "; ";
    const bool several = spec.last != 0 || spec.walk == NameSpec::Walk::count;
    out += text(kKinds, spec.kind) + (several ? "s " : " ") + places(spec);
    if (spec.optional) out += ", if any";
  }
  return out;
}

std::string handling(const Row& row) {
  std::string out = text(kHandlings, row.handling);
  if (row.merge != Merge::none) out += " (" + text(kMerges, row.merge) + ")";
  if (row.has(kMayBlock)) out += ", pinned with BLOCK";
  return out;
}

std::string categories(const Row& row) {
  const std::uint32_t implied = words::implied({row.flags}, {row.categories});
  std::string out;
  for (std::size_t bit = 0; bit < category_names().size(); ++bit) {
    if (((row.categories & ~implied) >> bit & 1) == 0) continue;
    if (!out.empty()) out += ' ';
    out += '@' + std::string(category_names()[bit]);
  }
  return out;
}

// "client|list" as it is typed.
std::string typed(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '|', ' ');
  return out;
}

void print(const Row& row) {
  std::cout << "| `" << typed(row.name) << "` | " << handling(row) << " | " << names(row) << " | "
            << text(kReplies, row.reply) << " | " << categories(row) << " | "
            << text(kSince, row.since) << " | " << row.why << " |\n";
}

}  // namespace

int main() {
  std::cout << kIntroduction;
  for (const Group& group : groups()) {
    std::cout << "\n## " << group.name
              << "\n| command | handling | names | reply | categories | since | why |\n"
                 "|---|---|---|---|---|---|---|\n";
    for (const Row& row : group.rows) {
      // A container is no command, unless it is one by itself: COMMAND.
      if (!row.has(kContainer) || row.action != Action::none) print(row);
    }
  }
  return 0;
}
