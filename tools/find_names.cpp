// Prints where the names are in commands given on standard input, for
// tests/integration/test_getkeys.py: a line per command, its arguments in hex with a blank between
// them and '-' for an empty one. The answer is a line too: "names 1:key 2:key", or "refused" and
// the sentence. Links no sockets.
#include "bulkhead/command/table.hpp"

#include <array>
#include <iostream>
#include <sstream>
#include <string>

namespace {

using namespace bulkhead;

constexpr std::array<const char*, 8> kKinds = {
    "none",       "key",     "key_pattern",     "sort_pattern",
    "unused_key", "channel", "channel_pattern", "sharded_channel"};

std::string from_hex(const std::string& text) {
  std::string out;
  if (text == "-") return out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return out;
}

resp::OwnedArgs read_args(const std::string& line) {
  resp::OwnedArgs args;
  std::istringstream words(line);
  for (std::string word; words >> word;) args.add(from_hex(word));
  return args;
}

Result<void> find(const resp::Args& args, command::Names& names) {
  const auto row = command::find_row(args);
  if (!row) return row.error();
  return command::find_names(**row, args, names);
}

}  // namespace

int main() {
  command::Names names;
  for (std::string line; std::getline(std::cin, line);) {
    const resp::OwnedArgs args = read_args(line);
    if (args.view().empty()) continue;
    if (const auto found = find(args.view(), names); !found) {
      std::cout << "refused " << found.error().sentence << '\n';
      continue;
    }
    std::cout << "names";
    for (const command::Name& name : names) {
      std::cout << ' ' << name.arg << ':' << kKinds[static_cast<std::size_t>(name.kind)];
    }
    std::cout << '\n';
  }
  return 0;
}
