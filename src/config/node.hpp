// What a YAML text says, as a tree with line numbers: maps in their order, aliases and merge keys
// resolved. Built by parse_yaml, read by MapReader, thrown away when the Config is complete.
#pragma once

#include "bulkhead/config/load.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::config {

struct Node;

struct Entry {
  std::string key;
  int line = 0;
  const Node* value = nullptr;
  bool merged = false;  // came in through `<<`, so the map's own keys win over it
};

struct Node {
  enum class Kind { null, text, list, map };

  Kind kind = Kind::null;
  int line = 0;
  std::uint32_t weight = 1;  // how much there is to read when every alias is followed
  bool complete = false;     // an alias to a node that is still open would be a circle
  std::string text;
  std::vector<const Node*> items;
  std::vector<Entry> entries;
};

struct Document {
  std::deque<Node> nodes;      // addresses stay valid while it grows
  const Node* root = nullptr;  // null: there is nothing but comments
};

// Reads one document. The problems of the text itself (syntax, duplicate keys, depth) are added to
// `problems`; nothing is returned when the tree would be incomplete because of them.
std::optional<Document> parse_yaml(std::string_view text, const std::string& file,
                                   Problems& problems);

}  // namespace bulkhead::config
