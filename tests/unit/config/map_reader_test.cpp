#include "config/map_reader.hpp"

#include "helpers.hpp"

namespace bulkhead::config {

using namespace std::chrono_literals;

namespace {

// A map with the problems that reading it brings.
class Reading {
 public:
  explicit Reading(const std::string& text)
      : document_(parse_yaml(text, file_, problems_)), map(*document_->root, "a thing", source_) {}

  std::string only_problem() const {
    if (problems_.size() != 1) return std::to_string(problems_.size()) + " problems";
    return std::to_string(problems_[0].line) + ": " + problems_[0].sentence;
  }
  std::size_t problem_count() const { return problems_.size(); }

 private:
  std::string file_ = "test.yaml";
  Problems problems_;
  std::optional<Document> document_;
  Source source_{file_, problems_};

 public:
  MapReader map;
};

}  // namespace

TEST_CASE("values are read into what waits for them") {
  Reading reading("text: a b\nint: -3\nsize: 4KiB\ntime: 2s\nflag: no\naddress: 'a:1'\ncount: 7\n");
  std::string text;
  int integer = 0;
  std::size_t size = 0;
  std::size_t count = 0;
  Milliseconds time{};
  bool flag = true;
  Endpoint address;
  CHECK(reading.map.text("text", text));
  CHECK(reading.map.integer("int", integer, {-5, 5}));
  CHECK(reading.map.size("size", size, {1, 4096}));
  CHECK(reading.map.duration("time", time, {0s, 2s}));
  CHECK(reading.map.boolean("flag", flag));
  CHECK(reading.map.endpoint("address", address));
  CHECK(reading.map.count("count", count, {0, 10}));
  reading.map.finish();
  CHECK(reading.problem_count() == 0);
  CHECK(text == "a b");
  CHECK(integer == -3);
  CHECK(size == 4096);
  CHECK(count == 7);
  CHECK(time == 2s);
  CHECK_FALSE(flag);
  CHECK(address.port == 1);
}

TEST_CASE("what is not there keeps its default without a word") {
  Reading reading("{}");
  int integer = 5;
  CHECK_FALSE(reading.map.integer("int", integer, {0, 9}));
  CHECK(integer == 5);
  CHECK(reading.problem_count() == 0);
}

TEST_CASE("a value of the wrong kind keeps the default and says what is expected") {
  int integer = 5;
  SECTION("word") {
    Reading reading("\nint: many");
    CHECK_FALSE(reading.map.integer("int", integer, {0, 9}));
    CHECK(reading.only_problem() == "2: 'int' must be a whole number from 0 to 9, not 'many'");
  }
  SECTION("out of range") {
    Reading reading("int: 10");
    CHECK_FALSE(reading.map.integer("int", integer, {0, 9}));
    CHECK(reading.only_problem() == "1: 'int' must be a whole number from 0 to 9, not '10'");
  }
  SECTION("beyond 64 bits") {
    Reading reading("int: 99999999999999999999");
    CHECK_FALSE(reading.map.integer("int", integer, {0, 9}));
    CHECK(reading.problem_count() == 1);
  }
  SECTION("list") {
    Reading reading("int: [1]");
    CHECK_FALSE(reading.map.integer("int", integer, {0, 9}));
    CHECK(reading.only_problem() == "1: 'int' must be a whole number");
  }
  SECTION("null") {
    Reading reading("int:\n# a comment\nx: y");
    CHECK_FALSE(reading.map.integer("int", integer, {0, 9}));
    CHECK(reading.only_problem() == "1: 'int' has no value; leave the key out to get its default");
  }
  CHECK(integer == 5);
}

TEST_CASE("sizes and durations have their ranges") {
  std::size_t size = 1;
  Milliseconds time{1};
  Reading reading("a: 2GiB\n");
  CHECK_FALSE(reading.map.size("a", size, {1, 1u << 30}));
  CHECK(reading.only_problem() == "1: 'a' must be a size from 1 to 1GiB, not '2GiB'");
  Reading other("a: 2h\n");
  CHECK_FALSE(other.map.duration("a", time, {1ms, 1h}));
  CHECK(other.only_problem() == "1: 'a' must be a duration from 1ms to 1h, not '2h'");
  Reading unit("a: 500\n");
  CHECK_FALSE(unit.map.duration("a", time, {1ms, 1h}));
  CHECK(unit.only_problem() ==
        "1: 'a' must be a duration with its unit, such as 500ms, 5s, 2m, 1h or 7d, not '500'");
}

TEST_CASE("a choice names the words it takes") {
  constexpr Word kWords[] = {{"red", 1}, {"green", 2}};
  int out = 0;
  Reading reading("colour: blue\n");
  CHECK_FALSE(reading.map.choice("colour", out, kWords));
  CHECK(reading.only_problem() == "1: 'colour' must be one of red, green, not 'blue'");
  Reading good("colour: green\n");
  CHECK(good.map.choice("colour", out, kWords));
  CHECK(out == 2);
}

TEST_CASE("a prefix without quotes is a map to YAML, and the sentence says so") {
  Reading reading("prefix: {tenant}\n");
  std::string text;
  CHECK_FALSE(reading.map.text("prefix", text));
  CHECK(reading.only_problem() ==
        "1: 'prefix' must be text; a value that begins with '{' needs quotes");
}

TEST_CASE("items of a list are told apart by their lines") {
  Reading reading("list:\n  - a\n  - [b]\n  - c\n");
  std::vector<const Node*> items;
  CHECK(reading.map.texts("list", items));
  REQUIRE(items.size() == 2);
  CHECK(items[1]->text == "c");
  CHECK(items[1]->line == 4);
  CHECK(reading.only_problem() == "3: the items of 'list' must be texts");
}

TEST_CASE("a hash without quotes is a comment to YAML, and the sentence says so") {
  Reading reading("list:\n  - #abc\n");
  std::vector<const Node*> items;
  CHECK(reading.map.texts("list", items));
  CHECK(reading.only_problem() ==
        "1: an item of 'list' is empty; one that begins with '#' needs quotes");
}

TEST_CASE("unknown keys are reported, with the nearest known one or with all") {
  Reading reading("lane: 1\nname: x\n");
  int lanes = 0;
  std::string text;
  reading.map.text("name", text);
  reading.map.integer("lanes", lanes, {0, 9});
  reading.map.finish();
  CHECK(reading.only_problem() == "1: 'lane' is no key of a thing; did you mean 'lanes'?");
  Reading other("zzz: 1\n");
  other.map.text("name", text);
  other.map.integer("lanes", lanes, {0, 9});
  other.map.finish();
  CHECK(other.only_problem() == "1: 'zzz' is no key of a thing; these are: name, lanes");
}

TEST_CASE("a required key that is missing is reported at the map") {
  Reading reading("\nother: 1\n");
  reading.map.require("name");
  reading.map.require("other");
  CHECK(reading.only_problem() == "2: a thing needs the key 'name'");
}

TEST_CASE("maps out of a list, and what is not one") {
  Reading reading("list: [{ a: 1 }, b, [c], { d: 2 }]\n");
  const Node* list = reading.map.list("list");
  REQUIRE(list != nullptr);
  CHECK(maps_of(*list, "a thing", reading.map.source()).size() == 2);
  CHECK(reading.problem_count() == 2);
}

}  // namespace bulkhead::config
