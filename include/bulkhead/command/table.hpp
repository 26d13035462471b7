// Finds the row of a command. Built once from constants; any thread may read it.
#pragma once

#include "bulkhead/command/row.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace bulkhead::command {

// All rows, containers before their subcommands. A row's index is its place here; policies and
// counters are arrays over it.
std::span<const Row> rows();
std::size_t index_of(const Row& row);

// The same rows by what they are about, as Redis' documentation groups them: for docs/commands.md.
struct Group {
  std::string_view name;
  std::span<const Row> rows;
};
std::span<const Group> groups();

// The row of a full name ("get", "client|list"), in any case; null when there is none.
const Row* find_row(std::string_view full_name);

// The row of one client command, arity checked. Refused: an unknown command or subcommand, a wrong
// number of arguments. `args` is not empty.
Result<const Row*> find_row(const resp::Args& args);

// The names in one client command, in the order of the arguments. Refused where some must be and
// none can be found: "no names" would mean "forwarded as it is". Refused for a mistake in an
// option, `out` holds the names in front of it and at last the mistake itself, of no kind; else it
// is empty.
Result<void> find_names(const Row& row, const resp::Args& args, Names& out);

// Where COMMAND says that a row's keys are (sharded channels count as keys there): what one first,
// last and step can express of the specs, zeros where they can express nothing.
struct KeyRange {
  int first;
  int last;
  int step;
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};
KeyRange key_range(const Row& row);

// For policies and documents.
std::optional<std::uint32_t> category_named(std::string_view name);  // without '@'
std::span<const std::string_view> category_names();                  // in the order of the bits
std::string_view flag_name(std::uint32_t bit);                       // as COMMAND writes it

}  // namespace bulkhead::command
