#include "bulkhead/resp/inline_split.hpp"

#include "catch.hpp"

using namespace bulkhead::resp;

namespace {

std::vector<std::string> split(std::string_view line) {
  std::string bytes;
  std::vector<Slice> slices;
  if (!split_inline(line, bytes, slices)) return {"unbalanced"};
  std::vector<std::string> words;
  for (const Slice& s : slices) words.push_back(bytes.substr(s.offset, s.length));
  return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("inline words are split as Redis splits them") {
  CHECK(split("  set  key value ") == Words{"set", "key", "value"});
  CHECK(split("") == Words{});
  CHECK(split(R"(set "a b" 'c d')") == Words{"set", "a b", "c d"});
  CHECK(split(R"("\x41\n\"\\\q")") == Words{"A\n\"\\q"});
  CHECK(split(R"('it\'s \n')") == Words{"it's \\n"});
  CHECK(split(R"(a"b"c d)") == Words{"unbalanced"});
  CHECK(split(R"(a"b" c)") == Words{"ab", "c"});
  CHECK(split(R"("" '')") == Words{"", ""});
  CHECK(split(R"("open)") == Words{"unbalanced"});
  CHECK(split(R"("\)") == Words{"unbalanced"});
}
