#include "bulkhead/base/glob.hpp"

#include "catch.hpp"

#include <chrono>
#include <random>

using namespace bulkhead;
using namespace std::string_view_literals;

namespace {

struct Case {
  std::string_view pattern, text;
  bool matches;
};

// As KEYS of Redis 7.0.15 decides.
constexpr Case kCases[] = {
    {"*"sv, "a"sv, true},
    {""sv, "a"sv, false},
    {"a"sv, "a"sv, true},
    {"a"sv, "A"sv, false},
    {"a*"sv, "a"sv, true},
    {"a*"sv, "ab"sv, true},
    {"*b"sv, "ab"sv, true},
    {"*b"sv, "ba"sv, false},
    {"a*c"sv, "abbc"sv, true},
    {"a*c"sv, "ac"sv, true},
    {"a**c"sv, "abc"sv, true},
    {"***"sv, "x"sv, true},
    {"*a*b*"sv, "xxaxxbxx"sv, true},
    {"*a*b*"sv, "xxbxxaxx"sv, false},
    {"?"sv, "a"sv, true},
    {"?"sv, "ab"sv, false},
    {"a?c"sv, "abc"sv, true},
    {"a?c"sv, "ac"sv, false},
    {"??"sv, "a"sv, false},
    {"h[ae]llo"sv, "hallo"sv, true},
    {"h[ae]llo"sv, "hillo"sv, false},
    {"h[^e]llo"sv, "hallo"sv, true},
    {"h[^e]llo"sv, "hello"sv, false},
    {"h[a-b]llo"sv, "hbllo"sv, true},
    {"h[a-b]llo"sv, "hcllo"sv, false},
    {"h[b-a]llo"sv, "hallo"sv, true},
    {"[a-]"sv, "a"sv, true},
    {"[a-]"sv, "-"sv, false},
    {"[a-]]"sv, "]"sv, true},
    {"[a-]"sv, "]"sv, true},
    {"[-a]"sv, "-"sv, true},
    {"[]a]"sv, "]"sv, false},
    {"[]"sv, "]"sv, false},
    {"[]x"sv, "x"sv, false},
    {"[^]"sv, "a"sv, true},
    {"[^]a"sv, "xa"sv, true},
    {"[a"sv, "a"sv, true},
    {"[a"sv, "b"sv, false},
    {"["sv, "["sv, false},
    {"["sv, "a"sv, false},
    {"[^"sv, "a"sv, true},
    {"[^a"sv, "b"sv, true},
    {"[^a"sv, "a"sv, false},
    {"[a-"sv, "a"sv, true},
    {"[a-"sv, "-"sv, true},
    {"[a-c"sv, "b"sv, true},
    {"[a-c"sv, "d"sv, false},
    {"[\\]]"sv, "]"sv, true},
    {"[\\]]"sv, "\\"sv, false},
    {"[a\\-c]"sv, "b"sv, false},
    {"[a\\-c]"sv, "-"sv, true},
    {"[\\^a]"sv, "^"sv, true},
    {"[a^]"sv, "^"sv, true},
    {"[\\"sv, "\\"sv, true},
    {"[a\\"sv, "\\"sv, true},
    {"[*]"sv, "*"sv, true},
    {"[*]"sv, "a"sv, false},
    {"[?]"sv, "b"sv, false},
    {"\\*"sv, "*"sv, true},
    {"\\*"sv, "a"sv, false},
    {"\\a"sv, "a"sv, true},
    {"\\\\"sv, "\\"sv, true},
    {"a\\"sv, "a\\"sv, true},
    {"\\"sv, "\\"sv, true},
    {"a\\*b"sv, "a*b"sv, true},
    {"a\\*b"sv, "axb"sv, false},
    {"\\[a]"sv, "[a]"sv, true},
    {"a]"sv, "a]"sv, true},
    {"a-b"sv, "a-b"sv, true},
    {"^a"sv, "^a"sv, true},
    {"{a}"sv, "{a}"sv, true},
    {"a[b]*"sv, "abxyz"sv, true},
    {"*[0-9]"sv, "key7"sv, true},
    {"*[0-9]"sv, "key"sv, false},
    {"[^a-c]x"sv, "dx"sv, true},
    {"[^a-c]x"sv, "bx"sv, false},
    {"a*[bc]d*"sv, "axxcdyy"sv, true},
    {"a\0b"sv, "a\0b"sv, true},
    {"a*"sv, "a\0b"sv, true},
    {"a?b"sv, "a\r\nb"sv, false},
    {"a??b"sv, "a\r\nb"sv, true},
    {"[\\a-c]"sv, "b"sv, false},
    {"[\\a-c]"sv, "-"sv, true},
    {"[a-\\]]"sv, "]"sv, false},
    {"[a-\\]]"sv, "b"sv, false},
};

}  // namespace

TEST_CASE("patterns match what Redis matches") {
  for (const Case& c : kCases) {
    CAPTURE(c.pattern, c.text);
    CHECK(glob_matches(c.pattern, c.text) == c.matches);
  }
}

TEST_CASE("the empty text is matched by stars and by nothing else") {
  CHECK(glob_matches("", ""));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("**", ""));
  CHECK_FALSE(glob_matches("?", ""));
  CHECK_FALSE(glob_matches("[^a]", ""));
  CHECK_FALSE(glob_matches("a*", ""));
}

TEST_CASE("ranges are of bytes, above 127 as below") {
  CHECK(glob_matches("[\x80-\xff]", "\xc3"));
  CHECK_FALSE(glob_matches("[\x80-\xff]", "a"));
  CHECK(glob_matches("[a-\xff]", "z"));
}

TEST_CASE("many stars do not make matching slow") {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  pattern += "*b";
  const std::string text(20000, 'a');
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(glob_matches(pattern, text));
  CHECK(glob_matches(pattern, text + "b"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("an escaped text matches itself and nothing else") {
  std::mt19937 random(4);
  constexpr std::string_view kBytes = "ab*?[]^-\\{}:\0\r\xff"sv;
  const auto any = [&] {
    std::string text(1 + random() % 4, ' ');
    for (char& c : text) c = kBytes[random() % kBytes.size()];
    return text;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string text = any();
    const std::string other = any();
    REQUIRE(glob_matches(glob_escaped(text), text));
    REQUIRE(glob_matches(glob_escaped(text), other) == (text == other));
    REQUIRE(glob_matches(glob_escaped(text) + "*", text + other));
    REQUIRE(glob_matches(glob_escaped(text) + "*", other) == other.starts_with(text));
  }
  CHECK(glob_escaped("my-app_1:") == "my-app_1:");
  CHECK(glob_escaped("a*?[b]\\") == "a\\*\\?\\[b]\\\\");
}

TEST_CASE("what a pattern leaves to match behind a beginning") {
  using Rests = std::vector<std::string_view>;
  CHECK(glob_rests("__key*__:*", "__keyspace@0__:") == Rests{"*__:*", "*"});
  CHECK(glob_rests("__keyspace@0__:foo*", "__keyspace@0__:") == Rests{"foo*"});
  CHECK(glob_rests("__keyspace@0__:foo*", "__keyspace@1__:").empty());
  CHECK(glob_rests("__keyspace@[0-3]__:[ab]", "__keyspace@2__:") == Rests{"[ab]"});
  CHECK(glob_rests("*:updates", "x:") == Rests{"*:updates", "updates"});
  CHECK(glob_rests("*", "x") == Rests{"*"});
  CHECK(glob_rests("\\*a", "*") == Rests{"a"});
  CHECK(glob_rests("ab", "ab") == Rests{""});
  CHECK(glob_rests("ab", "abc").empty());
}

TEST_CASE("a text matches exactly when what follows its beginning matches a rest") {
  std::mt19937 random(11);
  const auto made = [&](std::string_view letters, std::size_t longest) {
    std::string text(random() % (longest + 1), ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    const std::string pattern = made("ab*?[]^-\\", 7), beginning = made("ab", 3);
    const std::string rest = made("ab", 3);
    bool matches = false;
    for (std::string_view left : glob_rests(pattern, beginning))
      matches |= glob_matches(left, rest);
    CAPTURE(pattern, beginning, rest);
    REQUIRE(matches == glob_matches(pattern, beginning + rest));
  }
}
