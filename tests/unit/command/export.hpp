// Reads tests/data/command-7.0.txt, what a Redis 7.0 server says about its commands, and
// command-newer.txt, the same of commands that came later and of modules; their format is described
// in tools/export_commands.py. For the tests of this folder.
#pragma once

#include "bulkhead/resp/args.hpp"

#include <cstddef>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bulkhead::command::exported {

struct Spec {
  bool about_keys = true;
  bool incomplete = false;
  std::vector<std::string> begin;  // index POS | keyword WORD FROM | unknown
  std::vector<std::string> find;   // range LAST STEP LIMIT | keynum IDX FIRST STEP | unknown
};

struct Command {
  std::string name;
  int arity = 0;
  std::set<std::string> flags;
  std::set<std::string> categories;
  int first = 0, last = 0, step = 0;
  std::vector<Spec> specs;
  std::string since = "7.0";
};

inline std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

inline std::set<std::string> words(const std::string& text) {
  if (text == "-") return {};
  const auto parts = split(text, ',');
  return {parts.begin(), parts.end()};
}

inline Spec spec(std::string text) {
  Spec out;
  for (; text[0] == '!' || text[0] == '?'; text.erase(0, 1)) {
    (text[0] == '!' ? out.about_keys : out.incomplete) = text[0] != '!';
  }
  const auto halves = split(text, '/');
  out.begin = split(halves.at(0), ':');
  out.find = split(halves.at(1), ':');
  return out;
}

inline Command command(const std::string& line) {
  std::stringstream in(line);
  Command c;
  std::string flags, categories, specs;
  in >> c.name >> c.arity >> flags >> categories >> c.first >> c.last >> c.step >> specs;
  if (!in) throw std::runtime_error("not a line of an export: " + line);
  in >> c.since;  // only in command-newer.txt
  c.flags = words(flags);
  c.categories = words(categories);
  if (specs != "-") {
    for (const auto& text : split(specs, ',')) c.specs.push_back(spec(text));
  }
  return c;
}

inline std::vector<Command> read_file(const std::string& name, std::size_t least) {
  std::ifstream file(BULKHEAD_SOURCE_DIR "/tests/data/" + name);
  std::vector<Command> out;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) out.push_back(command(line));
  }
  if (out.size() < least) throw std::runtime_error(name + " cannot be read");
  return out;
}

inline std::vector<Command> read() {
  return read_file("command-7.0.txt", 300);
}
inline std::vector<Command> read_newer() {
  return read_file("command-newer.txt", 100);
}
inline std::vector<Command> read_all() {
  std::vector<Command> out = read();
  const std::vector<Command> newer = read_newer();
  out.insert(out.end(), newer.begin(), newer.end());
  return out;
}

// Where the keys of `count` arguments are, as Redis' getKeysUsingKeySpecs (src/db.c) finds them;
// none where a spec is not about positions and numbers, or does not fit.
inline std::optional<std::set<std::size_t>> keys(const Command& command, const resp::Args& args) {
  std::set<std::size_t> out;
  const int count = static_cast<int>(args.size());
  for (const Spec& s : command.specs) {
    if (s.begin.at(0) != "index" || s.find.at(0) == "unknown") return std::nullopt;
    int first = std::stoi(s.begin.at(1));
    int last = 0;
    int step = 1;
    if (s.find[0] == "range") {
      last = std::stoi(s.find.at(1));
      last += last < 0 ? count : first;
      step = std::stoi(s.find.at(2));
    } else {
      const int number = first + std::stoi(s.find.at(1));
      if (number >= count) return std::nullopt;
      first += std::stoi(s.find.at(2));
      step = std::stoi(s.find.at(3));
      last = first + (std::stoi(std::string(args[static_cast<std::size_t>(number)])) - 1) * step;
    }
    if (last >= count) return std::nullopt;
    for (int i = first; i <= last; i += step) out.insert(static_cast<std::size_t>(i));
  }
  return out;
}

}  // namespace bulkhead::command::exported
