#include "config/map_reader.hpp"

#include "config/endpoint.hpp"
#include "config/suggest.hpp"
#include "config/units.hpp"
#include "config/utf8.hpp"

#include <algorithm>

namespace bulkhead::config {

namespace {

constexpr std::size_t kKeys = 16;  // of most maps

constexpr Word kBooleans[] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}};

std::string between(const std::string& what, const std::string& least, const std::string& most) {
  return what + " from " + least + " to " + most;
}

template <class T>
bool within(T value, Range<T> range) {
  return value >= range.least && value <= range.most;
}

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

}  // namespace

MapReader::MapReader(const Node& node, std::string_view what, const Source& source)
    : node_(node), what_(what), source_(source) {
  known_.reserve(kKeys);
}

bool MapReader::text(std::string_view key, std::string& out) {
  const std::string* value = scalar(key, "text");
  if (value != nullptr) out = *value;
  return value != nullptr;
}

bool MapReader::integer(std::string_view key, int& out, Range<int> range) {
  const std::string* value = scalar(key, "a whole number");
  if (value == nullptr) return false;
  const auto number = parse_integer(*value);
  if (!number || !within<std::int64_t>(*number, {range.least, range.most})) {
    return wrong(
        key, *value,
        between("a whole number", std::to_string(range.least), std::to_string(range.most)));
  }
  out = static_cast<int>(*number);
  return true;
}

bool MapReader::count(std::string_view key, std::size_t& out, Range<std::size_t> range) {
  int value = 0;
  if (!integer(key, value, {static_cast<int>(range.least), static_cast<int>(range.most)})) {
    return false;
  }
  out = static_cast<std::size_t>(value);
  return true;
}

bool MapReader::size(std::string_view key, std::size_t& out, Range<std::size_t> range) {
  const std::string* value = scalar(key, "a size");
  if (value == nullptr) return false;
  const auto bytes = parse_size(*value);
  if (!bytes) return wrong(key, *value, "a size such as 4096, 64KiB, 512MB or 1GiB");
  if (!within<std::size_t>(*bytes, range)) {
    return wrong(key, *value, between("a size", size_text(range.least), size_text(range.most)));
  }
  out = *bytes;
  return true;
}

bool MapReader::duration(std::string_view key, Milliseconds& out, Range<Milliseconds> range) {
  const std::string* value = scalar(key, "a duration");
  if (value == nullptr) return false;
  const auto duration = parse_duration(*value);
  if (!duration)
    return wrong(key, *value, "a duration with its unit, such as 500ms, 5s, 2m, 1h or 7d");
  if (!within(*duration, range)) {
    return wrong(key, *value,
                 between("a duration", duration_text(range.least), duration_text(range.most)));
  }
  out = *duration;
  return true;
}

bool MapReader::boolean(std::string_view key, bool& out) {
  return choice(key, out, kBooleans);
}

bool MapReader::endpoint(std::string_view key, Endpoint& out) {
  const std::string* value = scalar(key, "an address");
  if (value == nullptr) return false;
  const auto why = parse_endpoint(*value, out);
  if (why) report(key, "the address " + in_quotes(*value) + " " + *why);
  return !why;
}

// The parser places an empty item where the next one begins, so the key's line is the better one.
bool MapReader::texts(std::string_view key, std::vector<const Node*>& out) {
  const Node* items = list(key);
  if (items == nullptr) return false;
  for (const Node* item : items->items) {
    if (item->kind == Node::Kind::text) {
      out.push_back(item);
    } else if (item->kind == Node::Kind::null) {
      report(key,
             "an item of " + in_quotes(key) + " is empty; one that begins with '#' needs quotes");
    } else {
      source_.report(item->line, "the items of " + in_quotes(key) + " must be texts");
    }
  }
  return true;
}

const Node* MapReader::list(std::string_view key) {
  return value(key, Node::Kind::list, "a list");
}

const Node* MapReader::map(std::string_view key) {
  return value(key, Node::Kind::map, "a map");
}

const Node* MapReader::any(std::string_view key) {
  known_.push_back(key);
  const Entry* entry = find(key);
  if (entry == nullptr) return nullptr;
  if (entry->value->kind != Node::Kind::null) return entry->value;
  report(key, in_quotes(key) + " has no value; leave the key out to get its default");
  return nullptr;
}

bool MapReader::is_empty_list(std::string_view key) const {
  const Entry* entry = find(key);
  return entry != nullptr && entry->value->kind == Node::Kind::list && entry->value->items.empty();
}

void MapReader::require(std::string_view key) {
  if (has(key)) return;
  source_.report(node_.line, std::string(what_) + " needs the key " + in_quotes(key));
}

int MapReader::line(std::string_view key) const {
  const Entry* entry = find(key);
  return entry == nullptr ? node_.line : entry->line;
}

void MapReader::report(std::string_view key, std::string sentence) const {
  source_.report(line(key), std::move(sentence));
}

void MapReader::finish() const {
  for (const Entry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) report_unknown(entry);
  }
}

const Entry* MapReader::find(std::string_view key) const {
  const auto found = std::find_if(node_.entries.begin(), node_.entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == node_.entries.end() ? nullptr : &*found;
}

const Node* MapReader::value(std::string_view key, Node::Kind kind, std::string_view kind_name) {
  const Node* found = any(key);
  if (found == nullptr || found->kind == kind) return found;
  std::string sentence = in_quotes(key) + " must be " + std::string(kind_name);
  if (kind == Node::Kind::text && found->kind == Node::Kind::map) {
    sentence += "; a value that begins with '{' needs quotes";
  }
  report(key, sentence);
  return nullptr;
}

const std::string* MapReader::scalar(std::string_view key, std::string_view kind_name) {
  const Node* found = value(key, Node::Kind::text, kind_name);
  return found == nullptr ? nullptr : &found->text;
}

const Word* MapReader::find_word(std::string_view key, std::span<const Word> words) {
  if (!has(key)) {
    known_.push_back(key);
    return nullptr;
  }
  std::vector<std::string_view> texts;
  for (const Word& word : words) texts.push_back(word.text);
  const std::string* value = scalar(key, "one of " + joined(texts));
  if (value == nullptr) return nullptr;
  const auto found = std::find(texts.begin(), texts.end(), *value);
  if (found != texts.end()) return &words[static_cast<std::size_t>(found - texts.begin())];
  wrong(key, *value, "one of " + joined(texts));
  return nullptr;
}

bool MapReader::wrong(std::string_view key, const std::string& value,
                      const std::string& expected) const {
  report(key, in_quotes(key) + " must be " + expected + ", not " + in_quotes(value));
  return false;
}

void MapReader::report_unknown(const Entry& entry) const {
  const std::string_view meant = nearest(entry.key, known_);
  std::string sentence = in_quotes(entry.key) + " is no key of " + std::string(what_) + "; ";
  if (meant.empty()) {
    sentence += "these are: " + joined(known_);
  } else {
    sentence += "did you mean '" + std::string(meant) + "'?";
  }
  source_.report(entry.line, std::move(sentence));
}

std::vector<const Node*> maps_of(const Node& list, std::string_view what, const Source& source) {
  std::vector<const Node*> maps;
  for (const Node* item : list.items) {
    if (item->kind == Node::Kind::map) {
      maps.push_back(item);
    } else {
      source.report(item->line, std::string(what) + " must be a map, as in { name: ... }");
    }
  }
  return maps;
}

}  // namespace bulkhead::config
