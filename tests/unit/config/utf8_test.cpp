#include "config/utf8.hpp"

#include "catch.hpp"

namespace bulkhead::config {

TEST_CASE("characters of one to four bytes") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("\xc3\xa9") == 2);
  CHECK(utf8_length("\xe2\x82\xac") == 3);
  CHECK(utf8_length("\xf0\x9f\x98\x80") == 4);
}

TEST_CASE("bytes that are no character") {
  const auto* text =
      GENERATE("\x80", "\xff", "\xc3", "\xc3(", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf",
               "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80");
  CHECK(utf8_length(text) == 0);
}

TEST_CASE("quoted values are safe to print") {
  CHECK(in_quotes("acme") == "'acme'");
  CHECK(in_quotes("") == "''");
  CHECK(in_quotes("a\nb\x1b[0m") == "'a?b?[0m'");
  CHECK(in_quotes("a\xff") == "'a?'");
}

TEST_CASE("long values are cut between characters") {
  const std::string cut = in_quotes("a" + std::string(100, 'b'));
  CHECK(cut.size() < 70);
  CHECK(cut.ends_with("b...'"));
  std::string euros;
  for (int i = 0; i < 50; ++i) euros += "\xe2\x82\xac";
  CHECK(in_quotes(euros).ends_with("\xe2\x82\xac...'"));
}

}  // namespace bulkhead::config
