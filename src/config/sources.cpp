#include "config/sources.hpp"

#include "config/utf8.hpp"

#include <charconv>

namespace bulkhead::config {

namespace {

bool read_source(const Node& node, const Source& source, Sources& out) {
  if (node.text == "unix") {
    out.unix_sockets = true;
    return true;
  }
  const auto network = Network::parse(node.text);
  if (network) {
    out.networks.push_back(*network);
    return true;
  }
  source.report(node.line, in_quotes(node.text) +
                               " is no network: write 10.0.0.0/8, 2001:db8::/32, an address, or "
                               "unix; behind the prefix all bits must be 0");
  return false;
}

}  // namespace

bool read_sources(MapReader& map, std::string_view key, Sources& out) {
  const Node* node = map.any(key);
  if (node == nullptr) return false;
  if (node->kind == Node::Kind::text) return read_source(*node, map.source(), out);
  std::vector<const Node*> items;
  if (!map.texts(key, items)) return false;
  if (map.is_empty_list(key)) {
    map.report(key, "there must be a network at least in " + in_quotes(key));
    return false;
  }
  bool good = true;
  for (const Node* item : items) good = read_source(*item, map.source(), out) && good;
  return good;
}

void read_mode(MapReader& map, std::string_view key, unsigned& out) {
  std::string text;
  if (!map.text(key, text)) return;
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777 || text.size() < 3) {
    return map.report(key, in_quotes(key) + " must be permissions in octal, as in \"0660\", not " +
                               in_quotes(text));
  }
  out = mode;
}

}  // namespace bulkhead::config
