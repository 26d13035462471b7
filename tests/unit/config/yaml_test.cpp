#include "catch.hpp"
#include "config/node.hpp"

namespace bulkhead::config {

namespace {

using Kind = Node::Kind;

struct Parsed {
  explicit Parsed(const std::string& text) : document(parse_yaml(text, "test.yaml", problems)) {}

  const Node& root() const {
    REQUIRE(document);
    REQUIRE(document->root != nullptr);
    return *document->root;
  }
  std::string only_problem() const {
    REQUIRE(problems.size() == 1);
    return std::to_string(problems[0].line) + ": " + problems[0].sentence;
  }

  Problems problems;
  std::optional<Document> document;
};

}  // namespace

TEST_CASE("maps keep their order and the lines of their keys") {
  const Parsed parsed("b: 1\n\n'a': [x,\n  y]\n");
  const Node& root = parsed.root();
  REQUIRE(root.kind == Kind::map);
  REQUIRE(root.entries.size() == 2);
  CHECK(root.entries[0].key == "b");
  CHECK(root.entries[0].line == 1);
  CHECK(root.entries[1].key == "a");
  CHECK(root.entries[1].line == 3);
  CHECK(root.entries[1].value->items[1]->line == 4);
}

TEST_CASE("null is what YAML calls null, and not the word in quotes") {
  const Parsed parsed("[~, null, , \"null\", '']");
  const auto& items = parsed.root().items;
  REQUIRE(items.size() == 5);
  for (int i = 0; i < 3; ++i) CHECK(items[static_cast<std::size_t>(i)]->kind == Kind::null);
  CHECK(items[3]->kind == Kind::text);
  CHECK(items[4]->kind == Kind::text);
}

TEST_CASE("a text without content has no root") {
  for (const auto* text : {"", "\n\n", "# a comment\n", "# a comment", "---\n...\n", "~"}) {
    const Parsed parsed(text);
    REQUIRE(parsed.document);
    CHECK(parsed.document->root == nullptr);
  }
}

TEST_CASE("a mistake in the syntax is reported with its line") {
  CHECK(Parsed("a: b\n c: d\n").only_problem() == "2: this is not YAML: illegal map value");
  CHECK_FALSE(Parsed("a: b\n c: d\n").document);
}

TEST_CASE("what has no end is reported where it begins") {
  CHECK(Parsed("a: b\nc: [1,\n  2\n").only_problem() ==
        "2: a '[' or '{' in this line is not closed");
  CHECK(Parsed("a: b\nc: { d: e\nf: g\n").only_problem() ==
        "2: a '[' or '{' in this line is not closed");
  const auto* quote = GENERATE("'", "\"");
  CHECK(Parsed("a: b\nc: " + std::string(quote) + "d\ne: f\n").only_problem() ==
        "2: a quote in this line or soon after it is not closed");
}

TEST_CASE("a text over several lines is a text") {
  CHECK(Parsed("a: |\n  x\n  y").root().entries[0].value->text == "x\ny\n");
  CHECK(Parsed("a: 'x\n  y'\n").root().entries[0].value->text == "x y");
  CHECK(Parsed("a: x").root().entries[0].value->text == "x");
}

TEST_CASE("an unquoted pattern gets a hint, and is not repeated") {
  const Parsed parsed("a: x\nb: [*secret]\n");
  CHECK(parsed.only_problem() ==
        "2: YAML takes '*' for an alias, and there is none; a pattern needs quotes");
  CHECK(Parsed("a: \"\\q\"\n").only_problem() ==
        "1: YAML does not know this escape; a text in single quotes has none");
}

TEST_CASE("one document to a file") {
  CHECK(Parsed("---\na: b\n...\n").problems.empty());
  CHECK(Parsed("a: b\n---\nc: d\n").only_problem() ==
        "2: a second document begins here; a file holds one");
}

TEST_CASE("tags of unknown types are refused, those of YAML itself are not") {
  CHECK(Parsed("a: !!str 12\n").problems.empty());
  CHECK(Parsed("a: !secret b\n").only_problem() ==
        "1: tags (words with '!' in front) are not known here");
  CHECK_FALSE(Parsed("!x [a]\n").document);
  CHECK_FALSE(Parsed("!x {a: b}\n").document);
}

TEST_CASE("deep nesting is refused before it costs anything") {
  const auto repeated = [](const std::string& text, int n) {
    std::string all;
    for (int i = 0; i < n; ++i) all += text;
    return all;
  };
  CHECK(Parsed(repeated("[", 100000)).only_problem() == "1: the nesting is too deep");
  const auto* open = GENERATE("- ", "? ", "{a: ", "[b, ", ": ");
  CAPTURE(open);
  const Parsed parsed(repeated(open, 20000));
  CHECK_FALSE(parsed.document);
  CHECK(parsed.problems.size() == 1);
}

TEST_CASE("bytes that are not text never reach the parser") {
  std::string garbage;
  unsigned state = 1;
  for (int i = 0; i < 10000; ++i) {
    state = state * 1103515245u + 12345u;
    garbage += static_cast<char>(state >> 24);
  }
  CHECK_FALSE(Parsed(garbage).document);
  CHECK(Parsed(std::string("a: \0b", 5)).only_problem() ==
        "1: this line has a control character in it");
}

}  // namespace bulkhead::config
