// One map of the configuration, read key by key into a struct. A key that is missing leaves the
// default; a value of the wrong kind becomes a problem and leaves the default too. finish() reports
// the keys nobody asked for. Lives while its section is read.
#pragma once

#include "bulkhead/config/config.hpp"
#include "config/node.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::config {

// Where problems of one file go. The file's name lives as long as the Draft.
struct Source {
  const std::string& file;
  Problems& problems;
  const RuleCheck* check_rule = nullptr;

  void report(int line, std::string sentence) const {
    problems.push_back({file, line, std::move(sentence)});
  }
};

template <class T>
struct Range {
  T least;
  T most;
};

struct Word {
  std::string_view text;
  int value;
};

class MapReader {
 public:
  // `what` is this map in the words of a sentence: "a backend".
  MapReader(const Node& node, std::string_view what, const Source& source);

  // All of them return whether the value was there and good.
  bool text(std::string_view key, std::string& out);
  bool integer(std::string_view key, int& out, Range<int> range);
  bool count(std::string_view key, std::size_t& out, Range<std::size_t> range);
  bool size(std::string_view key, std::size_t& out, Range<std::size_t> range);
  bool duration(std::string_view key, Milliseconds& out, Range<Milliseconds> range);
  bool boolean(std::string_view key, bool& out);
  bool endpoint(std::string_view key, Endpoint& out);
  bool texts(std::string_view key, std::vector<const Node*>& out);
  template <class Enum>
  bool choice(std::string_view key, Enum& out, std::span<const Word> words) {
    const Word* word = find_word(key, words);
    if (word != nullptr) out = static_cast<Enum>(word->value);
    return word != nullptr;
  }

  // The value of a key when it has the kind, else null and (if it is there at all) a problem.
  const Node* list(std::string_view key);
  const Node* map(std::string_view key);
  const Node* any(std::string_view key);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  bool is_empty_list(std::string_view key) const;
  void require(std::string_view key);
  int line(std::string_view key) const;  // of the key; of the map when it is not there
  void report(std::string_view key, std::string sentence) const;
  const Source& source() const { return source_; }
  void finish() const;

 private:
  const Entry* find(std::string_view key) const;
  const Node* value(std::string_view key, Node::Kind kind, std::string_view kind_name);
  const std::string* scalar(std::string_view key, std::string_view kind_name);
  const Word* find_word(std::string_view key, std::span<const Word> words);
  bool wrong(std::string_view key, const std::string& value, const std::string& expected) const;
  void report_unknown(const Entry& entry) const;

  const Node& node_;
  std::string_view what_;
  const Source& source_;
  std::vector<std::string_view> known_;
};

// The maps among the items of a list; each item of another kind becomes a problem.
std::vector<const Node*> maps_of(const Node& list, std::string_view what, const Source& source);

}  // namespace bulkhead::config
