#include "config/tree_builder.hpp"

#include "catch.hpp"

namespace bulkhead::config {

namespace {

struct Parsed {
  explicit Parsed(const std::string& text) : document(parse_yaml(text, "test.yaml", problems)) {}

  // The text under a path of keys from the root.
  std::string at(std::initializer_list<std::string_view> path) const {
    REQUIRE(document);
    const Node* node = document->root;
    for (const std::string_view key : path) {
      const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                      [&](const Entry& entry) { return entry.key == key; });
      if (found == node->entries.end()) return "(none)";
      node = found->value;
    }
    return node->text;
  }
  std::string only_problem() const {
    REQUIRE(problems.size() == 1);
    return std::to_string(problems[0].line) + ": " + problems[0].sentence;
  }

  Problems problems;
  std::optional<Document> document;
};

}  // namespace

TEST_CASE("an alias is the node it names") {
  const Parsed parsed("a: &x { k: v }\nb: *x\nc: &y word\nd: *y\n");
  CHECK(parsed.at({"b", "k"}) == "v");
  CHECK(parsed.at({"d"}) == "word");
}

TEST_CASE("keys may carry anchors and be aliases") {
  const Parsed parsed("&k name: x\nother: { *k : y }\n");
  CHECK(parsed.at({"name"}) == "x");
  CHECK(parsed.at({"other", "name"}) == "y");
}

TEST_CASE("merged keys are defaults, the first map winning") {
  const Parsed parsed(
      "one: &one { a: 1, b: 1 }\n"
      "two: &two { b: 2, c: 2 }\n"
      "single: { <<: *one, a: own }\n"
      "many: { a: own, <<: [*one, *two] }\n");
  CHECK(parsed.problems.empty());
  CHECK(parsed.at({"single", "a"}) == "own");
  CHECK(parsed.at({"single", "b"}) == "1");
  CHECK(parsed.at({"many", "a"}) == "own");
  CHECK(parsed.at({"many", "b"}) == "1");
  CHECK(parsed.at({"many", "c"}) == "2");
  CHECK(parsed.at({"many", "<<"}) == "(none)");
}

TEST_CASE("only maps can be merged") {
  CHECK(Parsed("a: 1\nb: { <<: word }\n").only_problem() ==
        "2: '<<' takes a map or a list of maps");
  CHECK(Parsed("b: { <<: [[{}]] }\n").only_problem() == "1: '<<' takes a map or a list of maps");
}

TEST_CASE("a key that stands twice is a problem, and the first one stays") {
  const Parsed parsed("a: 1\nb: 2\na: 3\n");
  CHECK(parsed.only_problem() == "3: the same key stands in line 1 already");
  CHECK(parsed.at({"a"}) == "1");
  CHECK(Parsed("x: { a: 1, b: 2, a: 3, a: 4 }").problems.size() == 2);
  CHECK(Parsed("{ a: 1, b: { a: 1 } }").problems.empty());
}

TEST_CASE("a key is a word") {
  CHECK(Parsed("? [a, b]\n: c\n").only_problem() == "1: a key of a map must be a word");
  CHECK(Parsed("a: b\n? { c: d }\n: e\n").only_problem() == "2: a key of a map must be a word");
  CHECK(Parsed("~: b\n").only_problem() == "1: a key of a map must be a word");
}

TEST_CASE("a circle of aliases is refused") {
  CHECK(Parsed("a: &x [*x]\n").only_problem() ==
        "1: this alias stands inside of what it refers to");
  CHECK(Parsed("a: &x\n  b: { <<: *x }\n").only_problem() ==
        "2: this alias stands inside of what it refers to");
}

TEST_CASE("few lines that mean much are refused") {
  std::string lists = "l0: &l0 [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string name = "l" + std::to_string(i);
    const std::string before = " *l" + std::to_string(i - 1);
    lists += name + ": &" + name + " [" + before;
    for (int j = 0; j < 9; ++j) lists += "," + before;
    lists += "]\n";
  }
  const Parsed parsed(lists);
  CHECK_FALSE(parsed.document);
  CHECK(parsed.only_problem() == "8: there is too much to read here when every alias is followed");
}

TEST_CASE("long texts weigh more, so aliases cannot multiply them either") {
  std::string text = "a: &x " + std::string(1'000'000, 'x') + "\nb: [*x";
  for (int i = 0; i < 1000; ++i) text += ", *x";
  CHECK_FALSE(Parsed(text + "]\n").document);
}

TEST_CASE("64 levels are deep enough") {
  const auto nested = [](std::size_t levels) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += std::string(i, ' ') + "a:\n";
    return text;
  };
  CHECK(Parsed(nested(64)).problems.empty());
  CHECK(Parsed(nested(65)).only_problem() == "65: the nesting is deeper than 64 levels");
}

}  // namespace bulkhead::config
