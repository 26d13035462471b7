#include "config/tree_builder.hpp"

#include <algorithm>
#include <tuple>

namespace bulkhead::config {

namespace {

// The configuration itself is 6 deep. The parser's own guard stands far above, at 500.
constexpr std::size_t kDepthMax = 64;

// Aliases make little text into much: nine lines of ten aliases each are a thousand million nodes.
// What a file of the permitted size can hold without aliases stays below.
constexpr std::size_t kWeightMax = 20'000'000;
constexpr std::size_t kBytesPerWeight = 16;

constexpr std::string_view kMergeKey = "<<";

void weigh(Node& node, std::size_t more, int line) {
  if (node.weight + more > kWeightMax) {
    throw Fault{line, "there is too much to read here when every alias is followed"};
  }
  node.weight += static_cast<std::uint32_t>(more);
}

void merge(Node& map, const Node& from, int line) {
  if (from.kind != Node::Kind::map) throw Fault{line, "'<<' takes a map or a list of maps"};
  for (const Entry& entry : from.entries) {
    map.entries.push_back({entry.key, entry.line, entry.value, true});
  }
}

void merge_all(Node& map, const Entry& what) {
  if (what.value->kind != Node::Kind::list) return merge(map, *what.value, what.line);
  for (const Node* item : what.value->items) merge(map, *item, what.line);
}

}  // namespace

void TreeBuilder::null(int line, std::size_t anchor) {
  Node& node = add(Node::Kind::null, line, anchor);
  node.complete = true;
  attach(node, line);
}

void TreeBuilder::text(int line, const std::string& value, std::size_t anchor) {
  if (!open_.empty() && open_.back().node->kind == Node::Kind::map && !open_.back().has_key &&
      anchor == 0) {
    return take_key(open_.back(), value, line);
  }
  Node& node = add(Node::Kind::text, line, anchor);
  node.text = value;
  weigh(node, value.size() / kBytesPerWeight, line);
  node.complete = true;
  attach(node, line);
}

void TreeBuilder::alias(int line, std::size_t anchor) {
  const Node* target = anchor < anchors_.size() ? anchors_[anchor] : nullptr;
  if (target == nullptr || !target->complete) {
    throw Fault{line, "this alias stands inside of what it refers to"};
  }
  attach(*target, line);
}

void TreeBuilder::begin(Node::Kind kind, int line, std::size_t anchor) {
  if (open_.size() >= kDepthMax) {
    throw Fault{line, "the nesting is deeper than " + std::to_string(kDepthMax) + " levels"};
  }
  open_.push_back({&add(kind, line, anchor), false, {}, 0, {}});
}

void TreeBuilder::end() {
  Open closing = std::move(open_.back());
  open_.pop_back();
  Node& node = *closing.node;
  for (const Entry& what : closing.merges) merge_all(node, what);
  drop_repeated(node);
  node.complete = true;
  attach(node, node.line);
}

Node& TreeBuilder::add(Node::Kind kind, int line, std::size_t anchor) {
  Node& node = document_.nodes.emplace_back();
  node.kind = kind;
  node.line = last_line_ = line;
  if (anchor != 0) {
    if (anchor >= anchors_.size()) anchors_.resize(anchor + 1);
    anchors_[anchor] = &node;
  }
  return node;
}

void TreeBuilder::attach(const Node& node, int line) {
  if (open_.empty()) {
    if (node.kind != Node::Kind::null) document_.root = &node;
    return;
  }
  Open& parent = open_.back();
  weigh(*parent.node, node.weight, line);
  if (parent.node->kind == Node::Kind::list) {
    parent.node->items.push_back(&node);
  } else {
    attach_to_map(parent, node, line);
  }
}

void TreeBuilder::attach_to_map(Open& map, const Node& node, int line) {
  if (!map.has_key) {
    if (node.kind != Node::Kind::text) throw Fault{line, "a key of a map must be a word"};
    return take_key(map, node.text, line);
  }
  auto& entries = map.key == kMergeKey ? map.merges : map.node->entries;
  entries.push_back({std::move(map.key), map.key_line, &node, false});
  map.has_key = false;
}

void TreeBuilder::take_key(Open& map, const std::string& key, int line) {
  weigh(*map.node, key.size() / kBytesPerWeight, line);
  map.key = key;
  map.key_line = last_line_ = line;
  map.has_key = true;
}

// The first of several entries with one key stays. The later ones are either merged, and then they
// were only defaults, or a mistake. Sorted, because a hostile map can be long.
void TreeBuilder::drop_repeated(Node& map) {
  std::vector<Entry*> sorted;
  for (Entry& entry : map.entries) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->key, a) < std::tie(b->key, b);
  });
  const Entry* first = nullptr;
  for (Entry* entry : sorted) {
    if (first == nullptr || first->key != entry->key) {
      first = entry;
      continue;
    }
    if (!entry->merged) {
      const std::string where = std::to_string(first->line);
      problems_.push_back(
          {file_, entry->line, "the same key stands in line " + where + " already"});
    }
    entry->value = nullptr;
  }
  std::erase_if(map.entries, [](const Entry& entry) { return entry.value == nullptr; });
}

}  // namespace bulkhead::config
