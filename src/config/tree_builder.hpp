// Grows the tree of node.hpp from a parser's events. Lives for one document, in parse_yaml.
// Throws a Fault when it makes no sense to read on.
#pragma once

#include "config/node.hpp"

#include <utility>

namespace bulkhead::config {

// The text cannot be read any further.
struct Fault {
  int line;
  std::string sentence;
};

class TreeBuilder {
 public:
  TreeBuilder(const std::string& file, Problems& problems) : file_(file), problems_(problems) {}

  // `anchor` is the number under which aliases will refer to the node, 0 when it has none.
  void null(int line, std::size_t anchor);
  void text(int line, const std::string& value, std::size_t anchor);
  void alias(int line, std::size_t anchor);
  void begin(Node::Kind kind, int line, std::size_t anchor);
  void end();

  Document take() { return std::move(document_); }

  // For messages about what has no end: where the innermost map or list begins, and how far the
  // text was understood.
  int open_line() const { return open_.empty() ? last_line_ : open_.back().node->line; }
  int last_line() const { return last_line_; }

 private:
  // A map or list whose end has not come yet.
  struct Open {
    Node* node;
    bool has_key = false;  // of a map: the next value belongs to `key`
    std::string key;
    int key_line = 0;
    std::vector<Entry> merges;  // of a map: what follows a `<<`
  };

  Node& add(Node::Kind kind, int line, std::size_t anchor);
  void attach(const Node& node, int line);
  void attach_to_map(Open& map, const Node& node, int line);
  void take_key(Open& map, const std::string& key, int line);
  void drop_repeated(Node& map);

  const std::string& file_;
  Problems& problems_;
  Document document_;
  std::vector<Open> open_;
  std::vector<const Node*> anchors_;
  int last_line_ = 1;
};

}  // namespace bulkhead::config
